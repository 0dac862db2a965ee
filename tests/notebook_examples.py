"""Small notebooks that stand in for real ones, built as the tests need them."""

import nbformat

KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
PARAMETERS = """study: str = ""  # the study file
settings: str = "{}"  # JSON of dotted keys
as_of: str = ""  # ISO date
lang: str = "en"
out_dir: str = "."
go_on: bool = False"""

# Does what the study's data file says: its first line is a verdict, or "boom" or "sleep".
STAND_IN = """
import json, pathlib, time
folder = pathlib.Path(study).parent
with (folder / "executions.txt").open("a") as file:
    file.write("x")
asked = (folder / "surveys.csv").read_text().splitlines()[0]
if asked == "sleep":
    time.sleep(60)
if asked == "boom":
    raise ValueError("no such thing")
"""
ENDING = """
out = pathlib.Path(out_dir)
stops = asked in ("artefact", "insufficient")
findings = {"schema": 1, "study": "shop", "as_of": as_of or "2024-06-30", "lang": lang, "check": {"verdict": asked},
            "kpi": {"key": "satisfaction_rate", "caliber": "five_level", "better": "high", "unit": "rate",
                    "current": {"value": 0.8, "lower": 0.7, "upper": 0.9, "n": 10}, "baseline": None, "target": 0.9,
                    "change": None, "gap": -0.1}, "settings": json.loads(settings)}
(out / "findings.json").write_text(json.dumps(findings))
(out / "trace_table.csv").write_text("a")
(out / "trace_table.xlsx").write_text("b")
(out / "result.json").write_text(json.dumps({"exit_code": 5 if stops else 0, "verdict": asked,
                                             "as_of": as_of or "2024-06-30"}))
"""


def write_notebook(path, *cells, parameters=PARAMETERS):
    """A notebook of code cells after a `parameters` cell (none where `parameters` is None)."""
    made = [nbformat.v4.new_markdown_cell("# A stand-in", id="title")]
    if parameters is not None:
        made.append(nbformat.v4.new_code_cell(parameters, id="parameters", metadata={"tags": ["parameters"]}))
    made += [nbformat.v4.new_code_cell(source, id=f"cell-{place}") for place, source in enumerate(cells)]
    path.parent.mkdir(parents=True, exist_ok=True)
    notebook = nbformat.v4.new_notebook(
        cells=made, metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    nbformat.write(notebook, path)
    return path
