"""What lies in a server's store, be it the local folder or a bucket."""


def keys(server, prefix):
    """Those of whole objects."""
    if server.place:
        return server.place.bucket.keys(prefix)
    media = server.data_dir / "media"
    paths = [path for path in media.glob("*/**/*") if path.is_file()] if media.exists() else []
    found = [str(path.relative_to(media)) for path in paths]
    return [key for key in found if key.startswith(prefix) and not key.startswith(".")]


def read(server, key):
    return server.place.bucket.read(key) if server.place else (server.data_dir / "media" / key).read_bytes()


def remove(server, key):
    if server.place:
        server.place.bucket.remove(key)
    else:
        (server.data_dir / "media" / key).unlink()


def half_made(server, video=""):
    """Uploads in parts that are under way, of all videos or one, and what is being written."""
    if server.place:
        return server.place.bucket.uploads(f"originals/{video}/" if video else "")
    media = server.data_dir / "media"
    parts = [path for path in (media / ".parts").iterdir() if not video or f"~{video}~" in path.name]
    return parts + list((media / ".incoming").iterdir())
