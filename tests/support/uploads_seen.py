"""An upload that was watched to its end: what the API showed on the way, and the files behind it."""

import functools
import pathlib
from urllib.parse import urlsplit

import requests

import playlists

LADDER_HEIGHTS = (240, 480, 720)
MP4 = "video/mp4"
TYPES = {
    ".m3u8": "application/vnd.apple.mpegurl",
    ".mp4": MP4,
    ".jpg": "image/jpeg",
    ".vtt": "text/vtt; charset=utf-8",
}


def suffix(url):
    return pathlib.PurePosixPath(urlsplit(url).path).suffix


class Upload:
    def __init__(self, clip, looks):
        self.clip = clip
        self.looks = looks  # each state of the video that the API showed, oldest first
        self.video = looks[-1]
        self.session = requests.Session()
        self.fetched = {}

    def fetch(self, url):
        """GETs a URL once; later calls get the same answer."""
        if url not in self.fetched:
            self.fetched[url] = self.session.get(url, timeout=30)
        answer = self.fetched[url]
        assert answer.status_code == 200, f"{answer.status_code} for {url}: {answer.text[:200]}"
        return answer

    def text(self, url):
        return self.fetch(url).content.decode()

    def shown_urls(self):
        """Every URL in any state of the video."""
        urls = []
        for look in self.looks:
            urls += [look["hls_url"], look["mp4_url"], look["thumbnail_url"], *(look["preview"] or {}).values()]
            urls += [file["file_url"] for file in look["files"]]
        return list(dict.fromkeys(url for url in urls if url))

    def media_playlist_urls(self):
        masters = [url for url in self.shown_urls() if suffix(url) == ".m3u8"]
        return list(dict.fromkeys(variant.url for master in masters for variant in self.master(master)))

    @functools.cache
    def file_urls(self):
        """Every URL that the API showed or that a playlist of its names."""
        urls = self.shown_urls() + self.media_playlist_urls()
        for url in self.media_playlist_urls():
            urls += [self.media(url).map_url, *(segment.url for segment in self.media(url).segments)]
        for url in self.shown_urls():
            if suffix(url) == ".vtt":
                urls += [cue.url for cue in playlists.read_cues(self.text(url), url)]
        return list(dict.fromkeys(urls))

    def mp4_urls(self):
        return [url for url in self.file_urls() if suffix(url) == ".mp4"]

    def master(self, url):
        return playlists.read_master(self.text(url), url)

    def media(self, url):
        return playlists.read_media(self.text(url), url)

    def final_master(self):
        return self.master(self.video["hls_url"])


def watch(client, clip, timeout=240, **fields):
    """Uploads a clip and waits until it is ready or failed."""
    looks = []
    video = client.upload(clip.path, title=clip.name[:150], filename=clip.name, **fields)
    client.wait_until_done(
        video["id"], timeout=timeout, on_look=lambda look: looks.append(look) if look not in looks[-1:] else None
    )
    return Upload(clip, looks)
