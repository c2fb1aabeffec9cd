"""All that must hold for a video that was made ready, whatever its source."""

import delivery_checks as delivery
import hls_rules
import media_checks as media

READY_CHECKS = (
    media.check_ladder,
    media.check_decodes,
    media.check_frames,
    media.check_upright,
    media.check_key_frames,
    media.check_duration,
    media.check_tracks_begin_together,
    media.check_sound,
    media.check_privacy,
    hls_rules.check_rules,
    delivery.check_urls,
    delivery.check_segments,
    delivery.check_segment_lengths,
    delivery.check_segments_are_aligned,
    delivery.check_segments_have_their_sound,
    delivery.check_bandwidths,
    delivery.check_poster,
    delivery.check_preview,
)


def run_checks(checks, upload):
    """All of them, so that one run tells all that is wrong with a file."""
    problems = []
    for check in checks:
        try:
            check(upload)
        except AssertionError as problem:
            problems.append(f"{check.__name__}: {str(problem)[:700]}")
    return problems
