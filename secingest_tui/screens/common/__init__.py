"""Screens that several areas use: questions, details, lists to choose from."""
