"""The screens: they show what services return and never work themselves."""
