"""The report page of a run: one HTML file with a map, charts and tables that loads nothing; its layers as GeoJSON."""

from matcher.outputs.page.build_contents import build_contents
from matcher.outputs.page.contents import Homes, PageContents
from matcher.outputs.page.geojson import write_geojson
from matcher.outputs.page.html import write_page
from matcher.outputs.page.public import write_public_page

__all__ = ["Homes", "PageContents", "build_contents", "write_geojson", "write_page", "write_public_page"]
