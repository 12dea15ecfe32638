"""The designer: pages to change a draft of a procedure thing by thing, see it proven, printed and played."""
