"""The main job: plan, encrypt, upload, register, receipt."""
