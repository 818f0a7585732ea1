"""The code that makes the sample projects; nothing here is needed to use them."""
