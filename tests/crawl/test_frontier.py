from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from scanner.crawl.frontier import Crawl


@dataclass(frozen=True)
class Scope:
    depth: int
    pages: int


def everything(site: dict[int, list[int]], scope: Scope, most: int) -> tuple[Crawl, list[str]]:
    """Crawl a site of numbered pages from page 0; the crawl at its end, and the pages in the order they were read."""
    crawl, read = Crawl(scope, most), []
    crawl.start(["/0"])
    while (step := crawl.next()) is not None:
        read.append(step.url)
        crawl.extend(step, [f"/{page}" for page in site.get(int(step.url[1:]), [])])
    return crawl, read


def distances(site: dict[int, list[int]]) -> dict[int, int]:
    found, edge = {0: 0}, [0]
    while edge:
        following = [link for page in edge for link in site.get(page, []) if link not in found]
        found |= dict.fromkeys(following, found[edge[0]] + 1)
        edge = list(dict.fromkeys(following))
    return found


SITES = st.dictionaries(st.integers(0, 12), st.lists(st.integers(0, 12), max_size=6))


@given(SITES, st.integers(0, 5), st.integers(1, 20), st.integers(1, 20))
def test_reads_each_page_once_nearest_first_and_within_scope_and_budget(
    site: dict[int, list[int]], depth: int, pages: int, most: int
) -> None:
    crawl, read = everything(site, Scope(depth, pages), most)
    far = distances(site)
    reachable = [page for page, distance in far.items() if distance <= depth]
    assert len(set(read)) == len(read) == min(len(reachable), pages, most)
    unread = {link for url in read for link in site.get(int(url[1:]), []) if far[int(url[1:])] < depth}
    assert crawl.left == len(unread | {0}) - len((unread | {0}) & {int(url[1:]) for url in read})
    walked = [far[int(url[1:])] for url in read]
    assert walked == sorted(walked)
    assert max(walked) <= depth


def test_start_pages_keep_the_order_of_the_list() -> None:
    crawl = Crawl(Scope(0, 9), 9)
    crawl.start(["/b", "/a", "/b"])
    assert [crawl.next(), crawl.next(), crawl.next()] != [None, None, None]
    assert crawl.next() is None
    assert crawl.left == 0
