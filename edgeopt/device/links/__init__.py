"""One file a kind of link, registered under the first word of its target string."""
