"""The pages that links lead to: what messengers and search engines read of them."""

import html
import re

TITLE = "</title><script>alert(1)</script> \"sea\" & 'sand'"


def tags(page):
    """{property: content} of the page's meta tags."""
    found = re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)">', page)
    return {name: html.unescape(content) for name, content in found}


def test_a_link_to_a_video_shows_its_title_and_poster(server, anonymous, user, clip):
    video = user.wait_until_done(user.upload(clip, title=TITLE, description="Cold\nbut <b>clear</b>")["id"])
    page = anonymous.get(f"/v/{video['id']}")
    found = tags(page.text)
    assert found["og:title"] == TITLE and found["og:description"] == "Cold\nbut <b>clear</b>"
    assert found["og:url"] == f"{server.url}/v/{video['id']}"
    poster = anonymous.get(found["og:image"])
    assert poster.status_code == 200 and poster.headers["Content-Type"] == "image/jpeg"
    assert "<script>alert" not in page.text and "robots" not in found
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    assert re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text) == re.findall(
        r'(?:src|href)="(/assets/[^"]+)"', anonymous.get("/").text
    )


def test_a_link_to_a_hidden_video_says_no_more_than_one_to_nothing(anonymous, user, clip):
    hidden = user.upload(clip, title="Secret", visibility="private")["id"]
    user.wait_until_done(hidden)
    nothing = anonymous.get("/v/00000000000")
    assert nothing.status_code == 200 and tags(nothing.text)["robots"] == "noindex"
    for path in (f"/v/{hidden}", "/v/x", "/v/%3Cscript%3E"):
        assert anonymous.get(path).text == nothing.text
    assert user.get(f"/v/{hidden}").text == nothing.text


def test_an_unlisted_video_is_shown_to_who_has_the_link_but_not_found(anonymous, user, clip):
    video = user.upload(clip, title="By link", visibility="unlisted")["id"]
    user.wait_until_done(video)
    found = tags(anonymous.get(f"/v/{video}").text)
    assert found["og:title"] == "By link" and found["robots"] == "noindex"
