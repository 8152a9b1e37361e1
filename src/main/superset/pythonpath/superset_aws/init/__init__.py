"""The init task: brings the metadata database to where the image needs it, before a rollout."""
