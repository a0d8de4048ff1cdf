"""What the host checks of files: those that a box hands over, and those that it gets."""

from __future__ import annotations

from typing import Final

from tests.prove.defence import Defence, change, host

__all__ = ["FILE_DEFENCES"]

HOSTILE = "sandbox/test_hostile_box.py::test_"
UNFINISHED = change(
    "collect",
    'if self._left:\n            raise FrameError("the box ended',
    'if self._left > 0:\n            raise FrameError("the box ended',
)
"""At the end, too, a file has to be complete: with a size below nothing it never is."""
HANDING = f"{HOSTILE}breach_while_files_are_handed_over_ends_the_box"
NAMED = f"{HOSTILE}unsafe_name_is_refused_by_the_host_too"
FORM = "sandbox/test_file_names.py::test_unsafe_name_is_told_by_its_form_alone"
INPUTS = "sandbox/test_inputs.py::test_"
PLANTED = (
    "attacks/test_sandbox_files.py::"
    "test_link_planted_on_the_host_is_replaced_and_never_written_through[python]"
)

FILE_CHECKS: Final = (
    host(
        "a file within a file",
        "collect",
        '        if self._left:\n            raise FrameError("a file began',
        '        if self._left < 0:\n            raise FrameError("a file began',
        f"{HANDING}[a file within a file]",
    ),
    host(
        "number of files",
        "collect",
        "MAX_FILES = 200",
        "MAX_FILES = 400",
        f"{HANDING}[more files than allowed]",
    ),
    host(
        "size of files",
        "collect",
        "self._total > MAX_TOTAL_BYTES",
        "self._total > 1 << 50",
        f"{HANDING}[a file beyond all size]",
    ),
    host(
        "no size below nothing, nor at the end",
        "collect",
        "size < 0",
        "size < -9",
        f"{HANDING}[a size below nothing]",
        also=(UNFINISHED,),
    ),
    host(
        "no bytes beyond the size, nor at the end",
        "collect",
        "if not 0 < len(chunk) <= self._left:",
        "if not 0 < len(chunk):",
        f"{HANDING}[more bytes than announced]",
        f"{HANDING}[bytes of no file]",
        also=(UNFINISHED,),
    ),
    host(
        "no empty pieces",
        "collect",
        "if not 0 < len(chunk) <= self._left:",
        "if not len(chunk) <= self._left:",
        f"{HANDING}[no bytes]",
    ),
    host(
        "no file that is not complete",
        "collect",
        'if self._left:\n            raise FrameError("the box ended',
        'if self._left < 0:\n            raise FrameError("the box ended',
        f"{HANDING}[a file that is not complete]",
    ),
    host(
        "number of refusals",
        "collect",
        "MAX_REJECTED = 51",
        "MAX_REJECTED = 510",
        f"{HANDING}[more refusals than a runner sends]",
    ),
    host(
        "kinds of names and sizes",
        "collect",
        "if type(value) is not kind:",
        "if value is None:",
        f"{HANDING}[a size that is a truth value]",
    ),
    host(
        "names of files",
        "collect",
        "problem = name_problem(name)",
        'problem = ""',
        f"{NAMED}[climbs]",
        f"{NAMED}[hidden]",
    ),
    host(
        "no links on the way to a file's place",
        "collect",
        "os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW",
        "os.O_RDONLY | os.O_DIRECTORY",
        PLANTED,
    ),
    host(
        "files arrive under another name, made new",
        "collect",
        'self._temporary = f".{secrets.token_hex(8)}.part"',
        "self._temporary = self._last",
        PLANTED,
        also=(
            change(
                "collect",
                "os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW",
                "os.O_RDWR | os.O_CREAT",
            ),
        ),
    ),
    host(
        "what is incomplete is removed",
        "collect",
        "            self._arriving.discard()\n            self._arriving = None",
        "            self._arriving = None",
        f"{HANDING}[a file that is not complete]",
    ),
)

NAME_CHECKS: Final = (
    host(
        "names do not climb",
        "file_names",
        'part in ("", ".", "..") or',
        'part == "" or',
        f"{FORM}[climbs]",
        f"{FORM}[climbs on its way]",
        also=(
            change(
                "file_names",
                'part.startswith(".") or part != part.strip() or part.endswith(".")',
                "part != part.strip()",
            ),
        ),
    ),
    host(
        "names are not absolute", "file_names", '"", ".", ".."', '".", ".."', f"{FORM}[no folder]"
    ),
    host(
        "names are hidden from no one",
        "file_names",
        'part.startswith(".") or',
        "",
        f"{FORM}[hidden]",
        f"{FORM}[in a hidden folder]",
    ),
    host(
        "names can be seen",
        "file_names",
        "not part.isprintable()",
        "False",
        f"{FORM}[escape]",
        f"{FORM}[backwards]",
    ),
    host(
        "names that every system can store",
        "file_names",
        "or RESERVED & set(part)",
        "",
        f"{FORM}[backslash]",
    ),
    host("depth of names", "file_names", "MAX_DEPTH = 4", "MAX_DEPTH = 9", f"{FORM}[deep]"),
    host(
        "length of names",
        "file_names",
        "MAX_PART_BYTES = 150",
        "MAX_PART_BYTES = 250",
        f"{FORM}[long]",
    ),
)

INPUT_CHECKS: Final = (
    host(
        "links are no inputs",
        "inputs",
        "entry.stat(follow_symlinks=False)",
        "entry.stat(follow_symlinks=True)",
        f"{INPUTS}only_regular_files_with_safe_names_are_listed",
    ),
    host(
        "linked folders hold no inputs",
        "inputs",
        "entry.is_dir(follow_symlinks=False)",
        "entry.is_dir(follow_symlinks=True)",
        f"{INPUTS}only_regular_files_with_safe_names_are_listed",
        "attacks/test_sandbox_files.py::"
        "test_links_in_the_data_folder_lead_no_host_file_into_a_box[python]",
        also=(
            change(
                "inputs",
                "FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW",
                "FOLDER = os.O_RDONLY | os.O_DIRECTORY",
            ),
        ),
    ),
    host(
        "a folder that became a link is not entered",
        "inputs",
        "FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW",
        "FOLDER = os.O_RDONLY | os.O_DIRECTORY",
        f"{INPUTS}link_put_in_a_files_way_after_it_was_listed_is_not_followed[sub]",
    ),
    host(
        "a file that became a link is not read",
        "inputs",
        "os.open(last, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)",
        "os.open(last, os.O_RDONLY, dir_fd=folder)",
        f"{INPUTS}link_put_in_a_files_way_after_it_was_listed_is_not_followed[a.csv]",
    ),
    host(
        "a file is sent as it was listed",
        "inputs",
        "content.read(min(chunk_bytes, left))",
        "content.read(chunk_bytes)",
        f"{INPUTS}file_that_grew_or_shrank_after_it_was_listed_is_sent_as_listed_or_not",
    ),
    host(
        "size of inputs",
        "limits",
        "MAX_INPUT_BYTES = 64 * MB",
        "MAX_INPUT_BYTES = 128 * MB",
        f"{INPUTS}more_than_64_mb_is_an_error_that_names_the_largest",
    ),
    host(
        "number of files listed",
        "inputs",
        "MAX_LISTED = 5_000",
        "MAX_LISTED = 50_000",
        f"{INPUTS}no_more_files_are_listed_than_anyone_works_with",
    ),
)

FILE_DEFENCES: Final[tuple[Defence, ...]] = (*FILE_CHECKS, *NAME_CHECKS, *INPUT_CHECKS)
