"""The policies of every stack as they are synthesized: collected, checked, and shown as a table.

``documents`` finds them, ``knowledge`` knows AWS's actions (policy_sentry), ``checks`` says what is
wrong (parliament and this project's rules), ``exceptions.yaml`` lists what stays as it is and why.
"""
