"""The page of a comparison, from the values of its JSON.

How `icemargin compare` calls it (values: `Comparison.to_json()` with "experts" filled in, see inventory/experts.py):

    from ..reports.writing import check_place, write_text            # nothing beyond the standard library
    from ..reports.values import as_json
    from ..reports.comparison_csv import comparison_csv              # the same: comparison_csv(values) -> str
    from .needs_reports import require_reports                       # before a long job that ends in a page
    from ..reports.comparison_report import comparison_page
    comparison_page(values, candidate, reference, imagery="") -> str  # candidate, reference: inventory's Outlines
"""
