"""What a register says beyond the study's own list, as a fingerprint: whether an action was added, changed or done since."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

from ccsat import registers
from ccsat.register.actions import _checked
from ccsat.register.store import FIELDS, FILE, Store
from ccsat.study import Study


def register_print(folder: str | Path, study: Study) -> dict[str, Any]:
    """How many actions are on record, and a digest of them.

    Verifications do not count, nor do actions as a run takes them over from the study's own list: a run makes both.

    Args:
        folder: The study's folder of runs. A register is not begun by looking.

    Raises:
        As `registers.read`, where the study has a list of its own.
    """
    if not (Path(folder) / FILE).is_file():
        return {"rows": 0, "digest": ""}
    found = Store(folder).read(f"SELECT {', '.join(FIELDS)} FROM actions ORDER BY action_id")
    rows = found.astype(object).where(found.notna(), None).to_numpy().tolist()
    own = _own(study) if rows and study.actions is not None else []
    rows = [row for row in rows if row not in own]
    digest = hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode("utf-8")).hexdigest() if rows else ""
    return {"rows": len(rows), "digest": digest}


def _own(study: Study) -> list[list[Any]]:
    """The study's own actions as `to_verify` puts them on record."""
    actions = registers.read(study)["actions"]
    told = [
        {
            **{field: None if pd.isna(row.get(field)) else row[field] for field in FIELDS},
            "at": row["at"].date(),
            "state": "done",
        }
        for row in actions.to_dict("records")
    ]
    return [[_checked(one)[field] for field in FIELDS] for one in told]
