"""Is everything all right, and what needs me."""
