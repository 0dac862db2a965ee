"""A trace on a Spark cluster of two workers, one of them killed on the way: the answer stays the same."""

import pytest
import spark_cluster
from engines import server
from same import assert_same_findings

import ccsat as cs
from ccsat import worlds
from ccsat.findings import gather_findings

SETTINGS = {"spark.sql.shuffle.partitions": 4, "spark.executor.memory": "700m", "spark.executor.cores": 1, "spark.driver.memory": "1g",
            "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.ui.enabled": True, "spark.ui.port": 0}  # fmt: skip
BEFORE = 40  # tasks that both workers have done when one is killed


@pytest.mark.slow
def test_a_worker_killed_during_a_trace_changes_nothing(tmp_path):
    server.needs("pyspark", extra="spark")
    from ccsat.engine.spark import connect_spark

    world = worlds.make("S03", rng=101)
    here = gather_findings(cs.run_trace(cs.read_centre(world.folder)))
    with (
        spark_cluster.cluster(tmp_path) as made,
        connect_spark(made.master, SETTINGS) as engine,
    ):
        killer = spark_cluster.Killer(made, engine.session, BEFORE)
        killer.start()
        there = gather_findings(cs.run_trace(cs.read_centre(world.folder, engine=engine)))
        after, workers = spark_cluster.executors(engine.session), {one["id"]: one["state"] for one in made.state()["workers"]}
    assert killer.at is not None, "the trace ended before both workers had done their share"
    assert min(one["completedTasks"] for one in killer.at.values()) >= BEFORE
    lost = [one for one in after.values() if not one["isActive"]]
    assert len(lost) == 1 and workers[killer.worker] == "DEAD" and sorted(workers.values()) == ["ALIVE", "DEAD"]
    left = next(name for name, one in after.items() if one["isActive"])
    assert after[left]["completedTasks"] > killer.at[left]["completedTasks"] + BEFORE  # the other went on alone
    assert_same_findings(there, here)
