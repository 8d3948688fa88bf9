"""The pages and their JSON twins on loopback: search, documents, sources, subscriptions. Reading only.

app.py          routes: every page and its twin have one handler
guard.py        what every request and answer passes: host, method, headers
answers.py      a view as HTML or as JSON; errors alike
search.py documents.py sources.py subscriptions.py      the views, made from what backends.py gives
paint.py        spans that overlap, as well-formed elements
templates/ static/      no build step, no third-party host, all of it works without the script
"""
