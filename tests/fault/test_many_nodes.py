"""Three servers, two workers, PostgreSQL, Redis and S3, of which something dies all the time: what was answered is so.

LUOT_MANY_NODES_SECONDS sets for how long (60): each engine is restarted and cut off at least once, which takes some more.
"""

import collections
import os

from many_nodes import Installation, Reaper, all_outages
from many_nodes_load import Uploader, Viewer, end_load
from many_nodes_proof import (
    check_answers, check_bucket, check_comments, check_counters, check_likes, check_videos, check_views, settle_videos,
    wait_for_engagement,
)  # fmt: skip

SECONDS = int(os.environ.get("LUOT_MANY_NODES_SECONDS", "60"))
VIEWERS = 8
UPLOADERS = 2
COPIES = 100  # of the first video: viewers find something new to watch until the end
COPIED = (
    "user_id, description, visibility, status, rev, video_url, thumbnail_url, preview_url, duration, width, height, "
    "hot_score, hot_floor, created_at, playable_at, published_at"
)


def first_videos(installation, uploader):
    uploader.upload()
    [first] = uploader.completed
    uploader.wait_until_ready(first)
    installation.sql(
        f"insert into videos (id, title, {COPIED}) select id + n, 'copy', {COPIED} "
        f"from videos, generate_series(1, {COPIES}) n"
    )


def test_nothing_that_was_answered_is_lost(tmp_path, clip, tell):
    with Installation(tmp_path) as installation:
        uploaders = [Uploader(installation.nodes, clip) for _ in range(UPLOADERS)]
        first_videos(installation, uploaders[0])
        viewers = [Viewer(installation.nodes) for _ in range(VIEWERS)]
        actors = uploaders + viewers
        reaper = Reaper(installation)
        for thread in (*actors, reaper):
            thread.start()
        outages = all_outages(installation, SECONDS)
        reaper.end()
        end_load(actors)

        wait_for_engagement(installation)
        check_likes(installation, viewers)
        check_comments(installation, viewers)
        check_views(installation, viewers)
        check_counters(installation)
        settle_videos(installation, SECONDS)
        states = check_videos(installation, uploaders)
        check_bucket(installation)
        shares, unfair = check_answers(actors, outages)

        made = [each for actor in actors for each in actor.requests]
        answers = collections.Counter(each.status for each in made)
        tell(f"many nodes: {len(made)} requests {dict(answers)}, {reaper.killed} x kill -9, {len(outages)} outages, "
             f"videos {dict(states)}")
        for engine, (all_, bad) in shares.items():
            tell(f"many nodes: {engine} away: {all_ - len(bad)} of {all_} requests that do not need it were served")
        assert not unfair, (len(unfair), unfair[:5])
        assert all(all_ >= 10 and len(bad) <= 0.05 * all_ for all_, bad in shares.values()), shares
        assert len(made) > 20 * SECONDS and reaper.killed >= SECONDS // 12, "a load, and deaths"
