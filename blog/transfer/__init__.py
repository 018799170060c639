"""Posts from elsewhere: a folder of Markdown is read as its generator would read it, and becomes posts.

Reading (`sites`, `frontmatter`, `dates`, `articles`, `shortcodes`, `links`, `addresses`) knows no database; `imports`
writes what was read.
"""
