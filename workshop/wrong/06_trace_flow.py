"""Mistakes that the checks of N06 know, an example each: `ccsat workshop check` tries them all."""


def wrong_answers(case, right):
    """(item, key of the mistake) -> an answer that makes it."""
    closing, row = right["closing"], dict(right["table_row"])
    total = closing["total"]
    return {
        **{("verdict", f"said_{word}"): word for word in ("artefact", "mix", "none", "insufficient")},
        ("cell", "no_dimension"): {"line": "offline_onsite"},
        ("cell", "empty"): {"biz_l2": "onsite"},
        ("cell", "too_wide"): {"biz_l1": "broadband_fault"},
        ("cell", "too_narrow"): {"biz_l2": "offline_onsite", "region": "R1"},
        ("cell", "elsewhere"): {"region": "R4"},
        ("cause_id", "blames_agents"): "agents",
        ("cause_id", "feeling"): "slow",
        ("cause_id", "mechanism"): "hours",
        ("cause_id", "staff"): "staff",
        ("cause_id", "other_time"): "change:CH-509",
        ("cause_id", "other_scope"): "change:CH-112",
        ("action_id", "other_owner"): "e4",
        ("action_id", "not_the_lever"): "e5",
        ("action_id", "eases"): "e3",
        ("closing", "form"): {"cells": -0.01},
        ("closing", "percent"): {key: 100 * value for key, value in closing.items()},
        ("closing", "sign"): {key: -value for key, value in closing.items()},
        ("closing", "shares"): {key: value / total for key, value in closing.items()},
        ("closing", "no_remainder"): closing | {"remainder": 0},
        ("closing", "open"): closing | {"remainder": closing["remainder"] + 0.002},
        ("closing", "value"): {"cells": total / 2, "remainder": total / 2, "total": total},
        ("table_row", "columns"): {key: value for key, value in row.items() if key != "lift"},
        ("table_row", "blank"): row | {"verified": "?"},
        ("table_row", "numbers"): row | {"points": -0.03},
        ("table_row", "owner"): row | {"owner_dept": "坐席"},
        ("table_row", "overstated"): row | {"evidence_grade": "A"},
        ("table_row", "action_form"): row | {"action": "e1, e2 and e3"},
        ("table_row", "action"): row | {"action": "a4"},
        ("table_row", "due_form"): row | {"due": "within 15 days"},
        ("table_row", "due"): row | {"due": "2025-05-26"},
        ("table_row", "verify_by"): row | {"verify_by": "before_after"},
        ("table_row", "verified"): row | {"verified": "works"},
        ("table_row", "status"): row | {"status": "closed"},
    }  # fmt: skip
