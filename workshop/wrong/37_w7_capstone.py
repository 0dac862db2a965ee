"""Wrong answers of W7, one for each mistake that its checks know: for the trainer's proof, in no package."""


def wrong_answers(case, right):
    """(item, mistake) -> an answer that makes it, on the notebook's own world."""
    return {(item, key): answer for item, known in _by_item(case, right).items() for key, answer in known.items()}


def _by_item(case, right):
    account = right["account"]
    causes = [code for code in account if code.startswith("change:")]
    shift = lambda code, by: account | {code: account[code] + by, "remainder": account["remainder"] - by}  # noqa: E731
    other = {("change:CH-112" if code == causes[0] else code): value for code, value in account.items()}
    return {
        "account": {
            "form": {"artefact": 0.1},
            "percent": {code: 100 * value for code, value in account.items()},
            "not_closing": account | {"remainder": 0.5},
            "other_cause": other,
            "data_left_out": shift("artefact", -account["artefact"]),
            "data_part": shift("artefact", -0.02),
            "cause_part": shift(causes[0], -0.02),
        }
    }
