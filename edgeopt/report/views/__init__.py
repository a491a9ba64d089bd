"""The views, one file a kind of value; importing the package's files registers them."""
