"""What every page is made of: template tags, formats and the words of states. README.md lists the components."""
