"""What meetings are made of: hardest contacts, script candidates, best practice, and the packs of a day and a week."""

from ccsat.meeting.hardest import Hardest, hardest_contacts
from ccsat.meeting.pack import EDITIONS, Pack, meeting_pack
from ccsat.meeting.practice import Practice, best_practice
from ccsat.meeting.scripts import Scripts, script_candidates, topic_of
from ccsat.meeting.sections import Section
from ccsat.meeting.show import show_cases, show_due, show_meeting, show_minded, show_section, show_sections, table_view

__all__ = [
    "EDITIONS", "Hardest", "Pack", "Practice", "Scripts", "Section", "best_practice", "hardest_contacts", "meeting_pack", "script_candidates", "show_cases",
    "show_due",
    "show_meeting", "show_minded", "show_section",
    "show_sections", "table_view", "topic_of",
]  # fmt: skip
