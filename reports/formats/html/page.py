"""A referral as one HTML page for reading: no picture, no script, no link, no outside resource.

- The mandate stands on top. New pictures next to known ones come first, with the reason.
- Addresses are text that no program takes for a link; text from a site is cleaned and escaped
  (`reports.formats.html.markup`).
- The page's own policy (CSP) forbids everything but this very style sheet, by its hash, in case of an oversight.
"""

from base64 import b64encode
from collections import Counter
from hashlib import sha256
from importlib.resources import files

from reports.bundle.checks import in_short
from reports.formats.html.coverage import coverage, limits, proof, provenance
from reports.formats.html.findings import findings, instant
from reports.formats.html.leads import leads, mirrors, named_files
from reports.formats.html.markup import Html, facts, joined, table, tag
from reports.record.standing import Standing
from reports.referral.model import Referral
from reports.sighting import Mandate

NEW = (
    "Pictures that no list knows and that stand beside known ones come first: a new picture may show somebody whom "
    "nobody has looked for yet. Then known pictures, surest first. The sum only orders the work."
)
UPDATES = "These were referred before, from the same places, and were seen there again."
TAKEN_BACK = (
    "These were findings only for entries that their issuer has taken back since. Do not rely on them. To see which "
    "pictures of earlier referrals are touched, open those files together with this one."
)
OTHERS = "These were not decided, or resemble a known picture too weakly to be referred, and stand beside no known one."


def page(referral: Referral) -> bytes:
    """Return the whole page, UTF-8."""
    style = files("reports").joinpath("formats", "html", "page.css").read_text(encoding="utf-8")
    policy = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'"
    head = (
        '<meta charset="utf-8">'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}; base-uri 'none'; form-action 'none'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><meta name="robots" content="noindex">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>Referral {referral.identity.referral_id}</title><style>{style}</style>"
    )
    return f'<!doctype html>\n<html lang="en"><head>{head}</head><body>{_body(referral)}</body></html>\n'.encode()


def _body(referral: Referral) -> Html:
    return tag(
        "main",
        _header(referral),
        _glance(referral),
        findings("New findings", NEW, referral.images, unfold=True, anchor="findings"),
        findings("Referred before, seen again", UPDATES, referral.updates, unfold=False, anchor="updates"),
        findings("Not decided, or too weak", OTHERS, referral.others, unfold=False, anchor="others"),
        named_files(referral.identifiers),
        leads(referral.leads),
        mirrors(referral.mirrors),
        _taken_back(referral),
        _judged_again(referral),
        coverage(referral),
        limits(referral),
        proof(referral),
        provenance(referral),
    )


def _taken_back(referral: Referral) -> Html:
    """Entries that their issuers withdrew, and the pictures that were findings for nothing else."""
    if not referral.amendments:
        return Html("")
    columns = ("Entry", "List", "Withdrawn (UTC)", "Reason", "Records that name it")
    rows = (
        (
            tag("code", amendment.entry_id),
            f"{amendment.list_issuer}, {amendment.list_name}",
            instant(amendment.decided),
            amendment.reason,
            len(amendment.records),
        )
        for amendment in referral.amendments
    )
    entries = table("Entries that their issuer took back", columns, rows)
    return joined(findings("Taken back", TAKEN_BACK, referral.taken_back, unfold=False, anchor="taken-back"), entries)


def _judged_again(referral: Referral) -> Html:
    """Pages that later editions of the lists were held against, without anything being fetched again."""
    if not referral.rejudgements:
        return Html("")
    columns = (
        "Judged (UTC)",
        "Lists",
        "Pages",
        "Pictures",
        "Only a visit can tell",
        "Records here",
        "Elsewhere, log entry",
    )
    rows = (
        (
            instant(rejudgement.judged),
            ", ".join(f"{each.issuer}, {each.name} {each.version}" for each in rejudgement.lists),
            rejudgement.pages_judged,
            rejudgement.pictures_judged,
            rejudgement.pictures_open,
            len(rejudgement.joined),
            ", ".join(map(str, rejudgement.elsewhere)),
        )
        for rejudgement in referral.rejudgements
    )
    return table("Judged again by later lists, nothing fetched again", columns, rows)


def _header(referral: Referral) -> Html:
    identity, recipient = referral.identity, referral.recipient
    senders = "; ".join(sender.organisation or "not named" for sender in referral.provenance.senders)
    test = tag("p", "A test, made in a rehearsal. Nothing in it is a finding.", class_="test", role="note")
    return tag(
        "header",
        test if identity.test else Html(""),
        tag("h1", f"Referral {identity.sequence} to {recipient.name}"),
        [_mandate(item) for item in referral.authority],
        facts(
            [
                ("Referral", identity.referral_id),
                ("Made", f"{instant(identity.created)} UTC"),
                ("From", senders),
                ("To", ", ".join(filter(None, (recipient.name, recipient.organisation, recipient.jurisdiction)))),
                ("Your case", recipient.case_number),
                ("Follows on", identity.earlier),
                ("Takes back", ", ".join(identity.supersedes)),
            ]
        ),
        tag("p", referral.review.statement),
    )


def _mandate(mandate: Mandate) -> Html:
    destroy = f"{instant(mandate.destroy_by)} UTC" if mandate.destroy_by else "the list says nothing"
    return tag(
        "section",
        tag("h2", "Mandate"),
        facts(
            [
                ("Authority", mandate.issuer),
                ("Reference", mandate.reference),
                ("Legal basis", mandate.legal_basis),
                ("Valid (UTC)", f"{instant(mandate.valid_from)} to {instant(mandate.valid_until)}"),
                ("List", f"{mandate.list_id}, number {mandate.list_sequence}, signed by key {mandate.key_id}"),
                ("SHA-256 of the list", tag("code", mandate.list_sha256)),
                ("Destroy by", destroy),
                ("Handling", mandate.handling),
            ]
        ),
        class_="mandate",
    )


def _glance(referral: Referral) -> Html:
    counts = Counter(image.standing for image in referral.images)
    rest = len(referral.images) - counts[Standing.UNKNOWN_BESIDE_KNOWN] - counts[Standing.KNOWN]
    origin = "" if referral.integrity.origin_proven else " Its origin is not proven: see Proof."
    figures = (
        (counts[Standing.UNKNOWN_BESIDE_KNOWN], "new beside known"),
        (counts[Standing.KNOWN], "known"),
        (rest, "to be decided by you"),
        (len(referral.updates), "seen again"),
        (len(referral.identifiers), "listed files named"),
        (referral.coverage.counts.pictures, "pictures seen"),
        (referral.coverage.sites, "sites visited"),
    )
    boxes = [tag("li", joined(tag("strong", number), " ", tag("span", what))) for number, what in figures]
    return tag(
        "section",
        tag("ul", boxes, class_="figures"),
        tag("p", f"{in_short(referral.integrity.results)}.{origin}"),
        aria_label="At a glance",
    )
