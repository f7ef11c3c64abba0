"""A month's report: figures from the ledger, as a workbook, a page to print, and hours for stipends."""
