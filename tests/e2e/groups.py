"""Who holds which partitions of a Kafka group, asked from Kafka itself."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # kafka-python reads its own schemas by a deprecated function.
    warnings.simplefilter("ignore", DeprecationWarning)
    from kafka import KafkaAdminClient, errors


def members(address: str, group: str) -> dict[str, int]:
    """How many partitions each member of a group holds, by its static name; a group that is not settled holds none."""
    admin = KafkaAdminClient(bootstrap_servers=address)
    try:
        found = admin.describe_groups([group])[group]
    except errors.CoordinatorNotAvailableError:  # a fresh broker has not made its topic of offsets yet
        return {}
    finally:
        admin.close()
    if found["group_state"] != "Stable":
        return {}
    return {member["group_instance_id"]: _partitions(member["member_assignment"]) for member in found["members"]}


def _partitions(assignment: dict[str, list[dict[str, list[int]]]]) -> int:
    return sum(len(topic["partitions"]) for topic in assignment["assigned_partitions"])
