"""Exports: the tables of a Result as GeoPackage with QGIS styles, CSV and GeoJSON."""
