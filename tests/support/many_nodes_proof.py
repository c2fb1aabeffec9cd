"""What the database and the bucket must say after all that happened: no answer broken, nothing twice, nothing left."""

import collections

from behind import decode_id, encode_id, eventually
from many_nodes import BACK_WITHIN
from many_nodes_load import NEEDS


def wait_for_engagement(installation):
    """Until the database has all that Redis kept for it."""
    redis = installation.engines["redis"]

    def is_synced():
        waiting = redis.command("exists", "views:pending"), redis.command("zcard", "views:batches")
        log = redis.command("xrevrange", "likes:log", "+", "-", "count", "1").split()
        return waiting == ("0", "0") and (not log or log[0] == installation.sql("select last from sync_offset")[0][0])

    eventually(is_synced, timeout=30)


def settle_videos(installation, seconds):
    """Uploads that nobody completed are finished or forgotten, every job ends, and what is doomed is due: the more, the
    longer it went on."""
    installation.sql("update uploads set expires_at = now(), next_look_at = now() where status = 'open'")
    installation.restart_nodes()
    open_uploads = "select count(*) from uploads where status = 'open'"
    unfinished = "select count(*) from jobs where state in ('queued', 'running')"
    eventually(lambda: installation.number(open_uploads) + installation.number(unfinished) == 0, timeout=240)
    installation.sql("update doomed_objects set due_at = now()")
    installation.restart_nodes()
    due = "select count(*) from doomed_objects where due_at <= now()"
    eventually(lambda: installation.number(due) == 0, timeout=90 + seconds / 2)
    assert installation.sql("select * from doomed_objects") == []


def check_likes(installation, viewers):
    """A like's last answer is its state; one without an answer may have been done."""
    stored = {(encode_id(int(user)), encode_id(int(video))) for user, video in
              installation.sql("select user_id, video_id from likes")}  # fmt: skip
    for viewer in viewers:
        last = collections.defaultdict(lambda: {False})
        for kind, video, _, answer in viewer.done:
            if kind in ("like", "unlike"):
                state = {kind == "like"}
                last[video] = state if answer else last[video] | state
                assert not answer or answer["liked"] == (kind == "like")
        wrong = [video for video, states in last.items() if ((viewer.id, video) in stored) not in states]
        assert not wrong, (viewer.id, wrong)
        assert {video for user, video in stored if user == viewer.id} <= set(last)


def check_comments(installation, viewers):
    rows = installation.sql("select content, id from comments")
    stored = {content: encode_id(int(id_)) for content, id_ in rows}
    assert len(stored) == len(rows), "none twice"
    sent = {content: answer for viewer in viewers for kind, _, content, answer in viewer.done if kind == "comment"}
    told = {content: answer["id"] for content, answer in sent.items() if answer}
    assert told.items() <= stored.items() and stored.keys() <= sent.keys()


def check_views(installation, viewers):
    """Of each viewer and video, once; and the counters say so."""
    stored = {(encode_id(int(user)), encode_id(int(video))) for user, video in
              installation.sql("select user_id, video_id from seen")}  # fmt: skip
    least, most = set(), set()
    for viewer in viewers:
        for kind, video, _, answer in viewer.done:
            if kind == "view":
                sure = answer and (answer["counted"] or answer.get("reason") == "already_counted")
                assert sure or not answer, answer
                most.add((viewer.id, video))
                least |= {(viewer.id, video)} if sure else set()
    assert least <= stored <= most, (least - stored, stored - most)


def check_counters(installation):
    assert not installation.sql(
        "select id, view_count, start_count, watched_ms, like_count, comment_count from videos v where "
        "view_count <> (select count(*) from seen where video_id = v.id) or start_count <> view_count "
        "or watched_ms <> 3000 * view_count "
        "or like_count <> (select count(*) from likes where video_id = v.id) "
        "or comment_count <> (select count(*) from comments where video_id = v.id)"
    )


def check_videos(installation, uploaders):
    """What was sent whole is ready, and what is stored was asked for. Only a worker's five deaths fail a good file."""
    rows = installation.sql("select id, title, status, failure_code from videos where title <> 'copy'")
    stored = {encode_id(int(id_)): (status, code) for id_, _, status, code in rows}
    titles = [title for _, title, _, _ in rows]
    assert len(set(titles)) == len(titles) and set(titles) <= {title for each in uploaders for title in each.titles}
    for uploader in uploaders:
        assert uploader.completed <= uploader.sent <= stored.keys(), uploader.sent - stored.keys()
    assert set(stored.values()) <= {("ready", ""), ("failed", "worker_died")}, collections.Counter(stored.values())
    return collections.Counter(status for status, _ in stored.values())


def check_bucket(installation):
    """One revision of each video that is ready, whole; and nothing else."""
    ready = installation.sql("select id, rev, video_url from videos where status = 'ready' and title <> 'copy'")
    keys = set(installation.bucket.keys())
    for id_, rev, playlist in ready:
        prefix = f"videos/{encode_id(int(id_))}/"
        assert playlist == f"{prefix}{rev}/master.m3u8" and playlist in keys
        assert {key.split("/")[2] for key in keys if key.startswith(prefix)} == {rev}
    named = "select file_url from video_files union select thumbnail_url from videos union select preview_url from videos"
    assert {key for [key] in installation.sql(named) if key} <= keys
    kept = tuple(playlist.removesuffix("master.m3u8") for _, _, playlist in ready)
    assert not [key for key in keys if not key.startswith(kept)]
    assert installation.bucket.uploads() == []


def check_answers(actors, outages):
    """Returns, by engine, how many requests did not need it while it was away, and those of them that were not served;
    and the requests that were refused for nothing."""
    everything = [each for actor in actors for each in actor.requests]
    shares = {}
    for engine in {outage.engine for outage in outages}:
        away = [outage for outage in outages if outage.engine == engine]
        during = [each for each in everything if engine not in NEEDS.get(each.kind, {engine})
                  and any(each.ended > outage.began and each.began < outage.ended for outage in away)]  # fmt: skip
        shares[engine] = len(during), [each for each in during if each.status is None or each.status >= 300]
    unfair = [each for each in everything if is_unfair(each, outages)]
    return shares, unfair


def is_unfair(request, outages):
    """Refused, though all that it needs had been there for long enough. A server that died is no refusal."""
    if request.status is None or request.status < 300:
        return False
    needs = NEEDS.get(request.kind, set(NEEDS))
    return not any(
        outage.engine in needs and request.ended > outage.began and request.began < outage.ended + BACK_WITHIN
        for outage in outages
    )
