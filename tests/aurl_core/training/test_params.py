import subprocess
import sys


def test_settings_do_not_load_torch():
    code = "import sys, aurl_core.training.params, aurl_core.models.params, aurl_core.augmentation.params"
    names = subprocess.check_output([sys.executable, "-c", f"{code}\nprint(*sys.modules)"], text=True).split()
    assert "aurl_core.models.params" in names
    assert {"torch", "numpy"}.isdisjoint(names)
