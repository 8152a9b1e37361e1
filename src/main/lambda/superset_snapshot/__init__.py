"""Takes a snapshot of the metadata database before a deploy that is hard to take back."""
