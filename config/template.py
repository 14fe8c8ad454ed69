"""The commented configuration that `sightline init` writes.

Prose begins with `# `. A line such as `#tick_seconds = 10.0` is a key with its default: removing its `#` sets it.
"""

from typing import Final

TEMPLATE: Final = """\
# Sightline's configuration. Every key stands here; docs/configuration.md explains each of them.
# A line that begins with # and a letter is a default: remove the # to change it.
# Relative paths are meant from the folder of this file. No secret belongs into this file, only the paths of secrets.

[organisation]
# Who runs this scanner: stands on every referral as the sender.
#name = ""
#contact = ""

[state]
# What the scanner must remember: keys, lists, the log, sealed records, tor's guards.
#directory = "state"
# Empty: SQLite in the state directory. This version knows no other database.
#store_url = ""

# Whose signed lists are obeyed. `name` is the issuer that the lists state; `public_key` is the line of the minisign
# public key that begins with RW. Check the key with the authority by another way than the one it came by.
#[[authorities]]
#name = "Name of the authority"
#public_key = "RW..."

# Whom findings are sealed to: at least one. The scanner itself cannot read back what it sealed.
# `sightline keys new recipient` makes such a key, on the recipient's own machine.
#[[recipients]]
#name = "Name of the recipient"
#organisation = ""
#contact = ""
#public_key = "age1..."
# When a recipient changes its key: the keys before it, oldest first. It stays the same recipient.
#earlier_keys = []
#jurisdiction = ""
#case_number = ""
# Empty: told of everything. Otherwise only of mandates for one of these jurisdictions, and of matches in one of these
# categories (SCHEME/category). What carries no jurisdiction or category goes to everybody.
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
# An onion service that is known to be up, asked beside each failure; it must stand on a signed list. Empty: none.
#canary = ""

[fetch]
# One exchange: its deadline, and the most bytes that may come in.
#seconds_per_exchange = 120.0
#page_bytes_max = 4194304
#picture_bytes_max = 33554432
#redirects_max = 5
# One visit; what is left over is counted in its record.
#pages_per_visit_max = 500
#pictures_per_visit_max = 5000
#bytes_per_visit_max = 4294967296
#seconds_per_visit_max = 3600
# The cookies that a site sets: kept in memory until the visit ends, because many sites show nothing without them.
#cookies = true
# What Tor Browser sends, so as not to stand out. Keep it as current as Tor Browser.
#user_agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"

# When a site is asked only for what has changed: a validator works as a cookie. "confirmed": once two visits were given
# the same; "at once"; "never". Every so many days everything is asked for; so long a page may be told as unchanged.
#conditional = "confirmed"
#full_visit_days = 7
#remembered_days = 90

[schedule]
# How often a site is visited stands in its list; here is the rest.
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
# An entry that hits on more unrelated sites than this (a logo, a blank page) is held until a person has reviewed it.
#hold_beyond_sites = 100
# Keep the hashes of every picture that was seen, encrypted, so that a new edition of a hash list is applied to them at
# once and not at the next visit. Then whoever takes this machine with its keys can read which pictures were seen, by
# perceptual hash, but neither where nor whether anything matched. Every picture is decoded at full scale, and every
# record describes every picture.
#keep_fingerprints = false
# Which matches are referred, surest first; "wide" may be added.
#referred_tiers = ["exact", "near and confirmed", "near"]

[report]
# Marks every record and referral as a test.
#test = false
# A handling caveat; a list's own caveat comes first.
#handling = ""
# Where referrals are laid down; empty: `outbox` in the state directory.
#outbox = ""
# How often `sightline run` makes referrals of what is new.
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
# Layers of the workers' confinement that may be absent on this machine: "namespaces", "landlock", "seccomp". Without
# this word a scanner does not start where one is; with it, every report states which are absent.
#confinement_without = []
"""
