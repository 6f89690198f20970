"""Menus, keys, palette and help, all from one table of commands."""
