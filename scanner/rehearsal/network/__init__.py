"""The private Tor network of the rehearsal: authority, relays, hosts of onion services, all on the loopback.

May import `scanner.tor.program` and `scanner.urls`. Begin with `private_network.py`.
"""
