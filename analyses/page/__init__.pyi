from ._report import Report as Report
from ._report import report as report
from ._report import write_page as write_page
