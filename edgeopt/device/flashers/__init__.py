"""The flashers, one file each; importing the package's files registers them."""
