"""`ccsat workshop new --case`: the team gets the trainer's case, and its folder does not say where the problem lies."""

import json

import pytest

from ccsat.wording import speaking
from ccsat.workshop import begin, check
from ccsat.workshop.case_file import publish, read_case
from ccsat.workshop.case_maker import Trial, Try
from ccsat.workshop.exercises.team_case import truth_of
from ccsat.workshop.naive import READERS, Reading
from ccsat.workshop.team import TeamError, new_team, read_team


def test_a_team_gets_the_trainers_case_and_its_folder_does_not_name_it(tmp_path):
    tried = Try(1, True, 1, "x", tuple(Reading(reader, "x", 1.0) for reader in READERS), False)
    case = read_case(publish(Trial("S03", "strength:1.2,cell:biz_l2=overage", (tried,)), tmp_path / "case"))
    with speaking("en"):
        folder = new_team("3", lang="en", out=tmp_path, case=case)
        sheet = read_team(folder)
        for file in folder.rglob("*"):
            if file.suffix in (".json", ".ipynb", ".toml"):
                assert "strength" not in file.read_text(encoding="utf-8"), file.name
        given = begin(
            "W2", world=sheet.world, seed=sheet.seed, lang="en", vary=sheet.vary, data_dir=str(folder / "data")
        )
        assert truth_of(given)["cells"][0]["where"] == {"biz_l2": "overage"}
        assert truth_of(given)["options"] == case.options
        answer = {"where": {"biz_l2": "overage"}, "n": 3, "points": -0.01, "interval": [-0.02, -0.001]}
        assert check("cell", answer).key == "n"  # the cell is right
        (folder / "team.json").write_text(
            json.dumps(json.loads((folder / "team.json").read_text()) | {"world": "S03_case-!!"}), encoding="utf-8"
        )
        with pytest.raises(TeamError, match="S03_case-!!"):
            read_team(folder)
