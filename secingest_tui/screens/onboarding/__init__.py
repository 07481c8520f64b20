"""The onboarding checklist."""
