"""Mutation testing of the central code: small mistakes are put in one at a time, and the tests must notice each.

`python -m tests.mutation --group check --sample 60 --out FOLDER` tries so many mistakes, `--coverage` prints the branch coverage.
mutmut and cosmic-ray start a new interpreter for each mistake, which here costs more than its tests (numba, GDAL), and know no
compiled kernels; a fork of a process in which the libraries are imported already takes a second.
"""
