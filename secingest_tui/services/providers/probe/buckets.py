"""What a bucket can be told: to keep versions, and to let nobody delete."""

from __future__ import annotations

from secingest_tui.services.providers.probe.answers import Answer, could_not_tell, no, yes
from secingest_tui.services.providers.probe.workplace import Workplace


def check_versioning(place: Workplace) -> Answer:
    """``versioning``: switched on, an overwritten and a deleted object are still there by version id."""
    question, bucket = "versioning", place.bucket
    ask = place.asker.ask
    if not place.own:
        state = ask("get_bucket_versioning", Bucket=bucket)
        if state.answer.get("Status") == "Enabled":
            return yes(question, "it is on in this bucket; the bucket's settings were not touched")
        return could_not_tell(question, "not tried: it would change the settings of your bucket", state.words)
    on = ask("put_bucket_versioning", Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    if not on.ok:
        return (could_not_tell if on.unanswered or on.refused else no)(
            question, "it can't be switched on", on.words
        )
    where = {"Bucket": bucket, "Key": place.key("versioned")}
    first = ask("put_object", Body=b"first", **where)
    ask("put_object", Body=b"second", **where)
    version = first.answer.get("VersionId")
    ask("delete_object", **where)
    old = ask("get_object", VersionId=version, **where) if version else None
    gone = not ask("head_object", **where).ok
    # Off again, so that what the other questions delete is gone.
    ask("put_bucket_versioning", Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    if old is None:
        return no(question, "it was switched on, and objects get no version id", first.words)
    if old.body == b"first" and gone:
        return yes(question, "an overwritten and deleted object came back by its version id")
    return no(question, "an older version did not come back", old.words)


def check_object_lock(place: Workplace) -> Answer:
    """``object_lock``: in a bucket made for it, a legal hold stops a deletion until it is lifted.

    A hold and not a retention: a hold can always be lifted again, so nothing is left behind.
    """
    question, bucket = "object_lock", place.made.buckets[-1]
    ask = place.asker.ask
    made = place.make(bucket, ObjectLockEnabledForBucket=True)
    if not made.ok:
        told = could_not_tell if made.unanswered or made.refused else no
        return told(question, "a bucket with object lock can't be made", made.words)
    where = {"Bucket": bucket, "Key": "held"}
    put = ask("put_object", Body=b"held", **where)
    version = put.answer.get("VersionId")
    if not put.ok or not version:
        return no(question, "its objects get no version id, so nothing can be held", put.words)
    where["VersionId"] = str(version)
    hold = ask("put_object_legal_hold", LegalHold={"Status": "ON"}, **where)
    if not hold.ok:
        return (could_not_tell if hold.unanswered else no)(question, "a legal hold can't be set", hold.words)
    deleted = ask("delete_object", **where)
    still = ask("head_object", **where).ok
    ask("put_object_legal_hold", LegalHold={"Status": "OFF"}, **where)
    if deleted.ok or not still:
        return no(question, "a legal hold was accepted and did not stop the deletion")
    return yes(question, "the deletion of a held version was refused", deleted.words)
