"""One exchange with one onion service, within its permit."""
