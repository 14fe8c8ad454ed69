"""The commented configuration that `sightline init` writes.

Prose begins with `# `. A line such as `#tick_seconds = 10.0` is a key with its default: removing its `#` sets it.
"""

from typing import Final

TEMPLATE: Final = """\
# Sightline's configuration. It lists every key; docs/configuration.md explains each of them.
# A line that begins with # and a letter is a default: remove the # to change it.
# Relative paths start from the folder of this file. No secret belongs here, only the paths of secrets.

[organisation]
# The organisation that runs this scanner: the sender of every referral.
#name = ""
#contact = ""

[state]
# The scanner's state: keys, lists, the log, sealed records, tor's guards.
#directory = "state"
# Empty: SQLite in the state directory. This version knows no other database.
#store_url = ""

# The authorities whose signed lists are obeyed. `name` is the issuer that the lists state; `public_key` is the line of
# the minisign public key that begins with RW. Verify the key with the authority over a second channel.
#[[authorities]]
#name = "Name of the authority"
#public_key = "RW..."

# The recipients that findings are sealed to: at least one. The scanner itself cannot read its records back.
# `sightline keys new recipient` makes such a key, on the recipient's own machine.
#[[recipients]]
#name = "Name of the recipient"
#organisation = ""
#contact = ""
#public_key = "age1..."
# The recipient's keys before this one, oldest first: it stays the same recipient when its key changes.
#earlier_keys = []
#jurisdiction = ""
#case_number = ""
# Empty: receives everything. Otherwise only mandates for one of these jurisdictions, and matches in one of these
# categories (SCHEME/category). Findings without a jurisdiction or category go to everybody.
#receives_jurisdictions = []
#receives_categories = []

[tor]
# "own": Sightline starts and owns a tor. "running": it uses one that runs on this machine.
#mode = "own"
# For "own": the tor program (empty: found on PATH), and a file whose lines are appended to its torrc (bridges).
#program = ""
#torrc_extra = ""
# For "running": its ports, and how to log in to its control port (empty: the cookie file that tor itself names).
#socks = "127.0.0.1:9050"
#control = "127.0.0.1:9051"
#control_cookie = ""
#control_password_file = ""
#seconds_to_bootstrap = 300
# Tor itself refuses every stream to an address that is not listed.
#gate = true
# For "own": how many tors share the sites. One is single-threaded: about one for each core that is free.
#processes = 1
# An onion service that is known to be up, checked at each failure; it must be on a signed list. Empty: none.
#canary = ""

[fetch]
# One exchange: its deadline, and the most bytes to receive.
#seconds_per_exchange = 120.0
#page_bytes_max = 4194304
#picture_bytes_max = 33554432
#redirects_max = 5
# One visit; its record counts what these budgets left out.
#pages_per_visit_max = 500
#pictures_per_visit_max = 5000
#bytes_per_visit_max = 4294967296
#seconds_per_visit_max = 3600
# The cookies that a site sets: kept in memory until the visit ends, because many sites show nothing without them.
#cookies = true
# Tor Browser's own, so as not to stand out. Keep it as current as Tor Browser.
#user_agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"

# When a site is asked only for changes: a validator works like a cookie. "confirmed": after two visits received the
# same one; "at once"; "never". The days between full visits, and the days for which a page may be called unchanged.
#conditional = "confirmed"
#full_visit_days = 7
#remembered_days = 90

[schedule]
# Each list sets how often its sites are visited; these are the other rules.
#tick_seconds = 10.0
#sites_in_parallel = 16
#pictures_in_parallel = 4
# After a failed visit: the first wait, which doubles up to the longest.
#retry_first_minutes = 60
#retry_most_hours = 96

[matcher]
# The confined workers that decode pictures. A picture beyond one of these limits ends as undecided, with its reason.
#workers = 2
#picture_pixels_max = 25000000
#frames_max = 64
#scans_max = 64
#seconds_per_picture = 15.0
#worker_memory_bytes = 1073741824
# An entry that matches on more unrelated sites than this (a logo, a blank page) is held until a person reviews it.
#hold_beyond_sites = 100
# Keep the hashes of every picture, encrypted, so that a new edition of a hash list is applied to them at once and not
# at the next visit. A thief of this machine and its keys can then read which pictures were seen, by perceptual hash,
# but neither where nor whether anything matched. Every picture is decoded at full scale, and every
# record describes every picture.
#keep_fingerprints = false
# Which matches are referred, surest first; "wide" may be added.
#referred_tiers = ["exact", "near and confirmed", "near"]

[report]
# Marks every record and referral as a test.
#test = false
# A handling caveat; a list's own caveat comes first.
#handling = ""
# Where referrals are written; empty: `outbox` in the state directory.
#outbox = ""
# How often `sightline run` makes referrals of new records.
#referral_minutes = 60

[log]
# Standard error. "debug", "info", "warning" or "error". Never holds a URL of a finding, nor bytes of an answer.
#level = "info"
# "plain", "json", or "auto": plain on a terminal, JSON otherwise.
#form = "auto"

[metrics]
# Figures for Prometheus, on a port of this machine such as "127.0.0.1:9464"; empty: none. No address and no finding.
#endpoint = ""

[host]
# Unencrypted swap may keep bytes from a site; the doctor calls it a fault unless you accept it here.
#unencrypted_swap_accepted = false
# Layers of the workers' confinement that may be absent on this machine: "namespaces", "landlock", "seccomp". Unless
# named here, an absent layer stops the scanner; if named, every report states it.
#confinement_without = []
"""
