"""Pictures in several sizes: made by jobs, offered by pages."""

import io
import re

import pytest
from PIL import Image
from sqlalchemy import delete, select, update

from blog import clock, jobs
from blog.auth.models import User
from blog.db import db
from blog.jobs import Worker
from blog.jobs.models import Job
from blog.media import files, operations, queries
from blog.media.current import media_folder
from blog.media.models import Media, MediaVariant
from blog.media.sources import IN_TEXT, Source, shown_as, with_sources
from blog.media.variants import RECIPE, NoVariants, make_variants
from blog.posts.models import Post, post_pictures
from blog.posts.operations import Draft, restore_revision, save_post, set_lead_picture
from blog.posts.queries import find_editable
from blog.posts.rendering import render_body
from blog.posts.revisions.models import Revision
from blog.posts.revisions.texts import Text
from tests.media.pictures import encoded, photo, stored


def sizes(made) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for one in made:
        image = Image.open(io.BytesIO(one.content))
        assert (image.size, Image.MIME[image.format or ""]) == ((one.width, one.height), one.mime)
        found.setdefault(one.extension, []).append(image.size)
    return found


# What is made


def test_a_photo_comes_in_three_widths_and_three_formats():
    made = make_variants(encoded(photo(2000, 500), quality=90))

    assert sizes(made) == {kind: [(480, 120), (960, 240), (1600, 400)] for kind in ("avif", "webp", "jpg")}
    weight = {kind: sum(len(one.content) for one in made if one.extension == kind) for kind in ("avif", "webp", "jpg")}
    assert weight["avif"] < weight["webp"] < weight["jpg"]


@pytest.mark.parametrize(("width", "widths"), [(300, [300]), (480, [480]), (700, [480, 700]), (1600, [480, 960, 1600])])
def test_nothing_becomes_larger_than_it_is(width, widths):
    made = make_variants(encoded(photo(width, 90), quality=95))

    assert [size[0] for size in sizes(made)["webp"]] == widths


def test_what_is_transparent_stays_so():
    image = photo(500, 200, mode="RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))

    made = make_variants(encoded(image, "PNG") + bytes(10**6))

    assert set(sizes(made)) == {"avif", "webp", "png"}
    assert all(Image.open(io.BytesIO(one.content)).mode == "RGBA" for one in made)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16"])
def test_every_mode_of_pixels_can_be_made_smaller(mode):
    image = photo(600, 300, mode="L")
    image = Image.new("I;16", image.size, 40_000) if mode == "I;16" else image.convert(mode)

    for one in make_variants(encoded(image, "PNG") + bytes(10**6)):
        assert Image.open(io.BytesIO(one.content)).convert("L").getextrema()[1] > 100


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_an_animation_stays_one(form):
    frames = [photo(600, 60).rotate(turn) for turn in (0, 90, 180)]
    sent = encoded(frames[0], form, save_all=True, append_images=frames[1:], duration=[50, 70, 90], loop=0)

    made = make_variants(sent + bytes(10**6))

    assert sizes(made) == {"webp": [(480, 48), (600, 60)]}
    image = Image.open(io.BytesIO(made[0].content))
    assert (image.n_frames, image.info["loop"]) == (3, 0)
    image.seek(2)
    image.load()
    assert image.info["duration"] == 90


def test_what_saves_no_bytes_is_not_made():
    line = Image.new("P", (2400, 20))
    line.putpixel((3, 3), 1)

    assert make_variants(encoded(line, "PNG")) == []


def test_a_damaged_file_has_none():
    with pytest.raises(NoVariants):
        make_variants(encoded(photo(600, 300))[:2000])


# The job


def variants(make, media) -> list[MediaVariant]:
    return make.read(
        lambda: list(
            db.session.scalars(
                select(MediaVariant).where(MediaVariant.media_id == media.id).order_by(MediaVariant.width)
            )
        )
    )


def add(make, width=1000, **particulars) -> Media:
    return stored(make, encoded(photo(width, width // 10), quality=95), **particulars)


def work(app) -> int:
    return Worker(app).work_off()


@pytest.mark.parametrize("is_awaited", [True, False])
def test_the_worker_makes_the_variants_of_what_was_sent(app, make, visitor, is_awaited):
    media = add(make, is_awaited=is_awaited)
    assert visitor.get(media.url).status == 200, "until then the picture itself is served"
    assert not variants(make, media)

    work(app)

    assert make.fresh(media).recipe == RECIPE
    made = variants(make, media)
    assert {(one.mime, one.width) for one in made} == {
        (f"image/{kind}", width) for kind in ("avif", "webp", "jpeg") for width in (480, 960, 1000)
    }
    for one in made:
        page = visitor.get(f"/media/{one.name}")
        assert (page.status, page.response.mimetype) == (200, one.mime)
        assert len(page.response.data) == one.byte_size
        assert "immutable" in page.response.headers["Cache-Control"]
        assert one.name.replace("/", "").partition(".")[0] == one.digest[:32]
    assert work(app) == 0


def test_a_portrait_and_a_drawing_have_none(app, make):
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    make.act(
        lambda: operations.store_picture(svg, folder=media_folder(), uploader=None, now=clock.now(), allow_svg=True)
    )
    add(make, is_portrait=True)

    assert work(app) == 0


def test_a_job_that_is_done_twice_or_was_killed_midway_leaves_the_same(app, make):
    media = add(make)
    with app.app_context():
        for one in make_variants(media_folder().read(media.name))[:4]:
            media_folder().keep(one)  # so far came the worker that was killed
    work(app)
    before = [(one.id, one.name) for one in variants(make, media)]

    with app.app_context():
        files.make_variants_of_one({"media_id": media.id})

    assert [(one.id, one.name) for one in variants(make, media)] == before
    with app.app_context():
        assert sorted(media_folder().names()) == sorted(file.name for file in queries.stored_files())


def test_a_picture_that_is_deleted_while_its_variants_are_made_leaves_nothing(app, make, monkeypatch):
    media = add(make, is_awaited=True)

    def meanwhile(content: bytes):
        make.act(lambda: operations.remove_pictures({media.name}, now=clock.now()))
        return make_variants(content)

    monkeypatch.setattr(files, "make_variants", meanwhile)
    work(app)

    assert variants(make, media) == []
    removing = make.read(lambda: [job.payload["names"] for job in db.session.scalars(select(Job))])
    assert sorted(map(len, removing)) == [1, 9]


def test_a_picture_without_its_file_is_given_up_at_once(app, make):
    media = add(make)
    with app.app_context():
        (media_folder().root / media.name).unlink()

    work(app)

    assert make.fresh(media).recipe == -RECIPE
    assert work(app) == 0


def test_a_newer_recipe_makes_them_anew_between_other_jobs(app, make, monkeypatch):
    media = [add(make, width) for width in (100, 101, 102)]
    work(app)
    before = {one.name for each in media for one in variants(make, each)}
    make.act(lambda: db.session.execute(update(Media).values(recipe=0)) and None)
    monkeypatch.setattr(files, "CATCH_UP_SECONDS", -1)
    with app.app_context():
        files.look_for_missing_variants({})
        files.look_for_missing_variants({})
        assert jobs.count_waiting() == 1, "one job for all of them"
        files.make_missing_variants({})
        assert jobs.count_waiting() == 1, "that goes on after the others"

    monkeypatch.setattr(files, "CATCH_UP_SECONDS", 60)
    work(app)

    assert {one.name for each in media for one in variants(make, each)} == before
    assert all(make.fresh(one).recipe == RECIPE for one in media)


def test_deleting_a_picture_deletes_its_variants_but_not_those_of_another(app, make, visitor):
    one, other = add(make), add(make, 800)
    work(app)
    names = [variant.name for variant in variants(make, one)]

    make.act(lambda: operations.remove_pictures({one.name}, now=clock.now()))

    assert all(visitor.get(f"/media/{name}").status == 404 for name in names)
    assert len(variants(make, other)) == 6
    assert set(make.read(lambda: db.session.scalars(select(Job)).one().payload["names"])) == {one.name, *names}


# Pages


def save(make, post, body, document) -> Post:
    def act():
        author = db.session.get(User, post.author_id)
        found = find_editable(post.id, author)
        draft = Draft(Text(title=found.title, body=body), document)
        save_post(found, draft, by=author, edit_number=found.edit_number, now=clock.now())

    make.act(act)
    return make.fresh(post)


def write(make, body) -> Post:
    with make.app.app_context():
        document = render_body(body)
    return save(make, make.post(), body, document)


def test_posts_offer_the_variants_once_they_are_made(app, make, visitor):
    media = add(make, 2000, alt="The harbour", is_awaited=True)
    post = write(make, f"![]({media.url})\n\nand as a link: [here]({media.url})")
    assert "<picture>" not in post.body_html
    assert 'alt="The harbour"' in post.body_html

    work(app)

    page = visitor.get(f"/posts/{post.slug}")
    picture = page.one("picture")
    assert [source.get("type") for source in page.all("source")] == ["image/avif", "image/webp"]
    image = page.one("img", alt="The harbour")
    assert (image.get("width"), image.get("height"), image.get("loading")) == ("2000", "200", "lazy")
    assert image in list(picture)
    assert image.get("data-full") == media.url
    for element in (*page.all("source"), image):
        assert element.get("sizes") == IN_TEXT
        offered = [part.split() for part in (element.get("srcset") or "").split(", ")]
        assert [width for _, width in offered] == ["480w", "960w", "1600w"]
        assert all(visitor.get(address).status == 200 for address, _ in offered)
    feed = visitor.get("/feed.xml").html
    assert len(re.findall(r"http://127\.0\.0\.1:8000/media/\S+ \d+w", feed)) == 9
    assert not re.search(r"(?<![0-9])/media/", feed.replace("http://127.0.0.1:8000/media/", ""))


def test_the_lead_picture_is_loaded_at_once_and_lists_load_small_ones(app, make, visitor):
    media = add(make, 2000, alt="The harbour")
    posts = [make.post(), make.post()]
    for post in posts:
        make.act(lambda post=post: set_lead_picture(db.session.get(Post, post.id), media.id))
    work(app)

    page = visitor.get(f"/posts/{posts[0].slug}")

    image = page.one("img", alt="The harbour")
    assert (image.get("fetchpriority"), image.get("loading")) == ("high", None)
    assert (image.get("width"), image.get("height")) == ("2000", "200")
    assert len(page.all("source")) == 2
    home = visitor.get("/")
    assert [image.get("loading") for image in home.all("img")] == [None, "lazy"]
    assert len(home.all("picture")) == 2


def test_the_variants_cost_a_list_one_query(app, make, visitor, count_queries):
    media = [add(make, width) for width in (300, 301, 302, 303)]
    work(app)
    counts = []
    for one in media:
        post = make.post()
        make.act(lambda post=post, one=one: set_lead_picture(db.session.get(Post, post.id), one.id))
        with count_queries() as queries_sent:
            visitor.get("/")
        counts.append(len(queries_sent))

    assert len(set(counts)) == 1


def test_a_post_saved_while_the_variants_were_made_is_made_anew(app, make):
    media = add(make)
    post = make.post()
    with app.app_context():
        rendered_before = render_body(f"![]({media.url})")
    work(app)

    save(make, post, f"![]({media.url})", rendered_before)
    work(app)

    assert "<picture>" in make.fresh(post).body_html
    assert work(app) == 0


def test_a_revision_restored_while_the_variants_were_made_is_made_anew(app, make):
    media = add(make)
    with app.app_context():
        rendered_before, words = render_body(f"![]({media.url})"), render_body("Words.")
    post = save(make, make.post(state="draft"), f"![]({media.url})", rendered_before)
    save(make, post, "Words.", words)
    work(app)

    def restore():
        author = db.session.get(User, post.author_id)
        shown = select(Revision).where(Revision.post_id == post.id, Revision.body.contains("/media/"))
        revision = db.session.scalars(shown).one()
        restore_revision(find_editable(post.id, author), revision, rendered_before, by=author, now=clock.now())

    make.act(restore)
    work(app)

    assert "<picture>" in make.fresh(post).body_html


def test_which_posts_show_a_picture_is_noted(app, make):
    one, other = add(make), add(make, 500)
    shown = write(make, f"![]({one.url}) ![]({one.url}) `/media/{other.name}`")
    linked = write(make, f"[large]({one.url})")
    write(make, "nothing")

    def noted():
        rows = db.session.execute(select(post_pictures)).all()
        return {(row.post_id, row.media_id) for row in rows}

    assert make.read(noted) >= {(shown.id, one.id), (linked.id, one.id)}
    make.act(lambda: db.session.execute(delete(Post).where(Post.id == shown.id)) and None)
    assert make.read(noted) == {(linked.id, one.id)}


# Putting sources into HTML


def found(width=2000, full=True):
    variants = [
        queries.VariantRow(f"aa/{mime[-4:]}{size}", mime, size)
        for mime in ("image/avif", "image/webp", "image/jpeg")
        for size in (480, 960)
    ]
    return shown_as("aa/full.jpg", width, 1000, "A", variants if full else [])


def test_sources_are_put_around_a_picture_as_wide_as_its_author_wants_it():
    html = '<p><img src="/media/aa/full.jpg" alt="1 &gt; 0" width="300" height="150" loading="lazy"></p>'

    out = with_sources(html, lambda address: found() if address == "/media/aa/full.jpg" else None)

    sizes = 'sizes="(min-width: 321px) 300px, 94vw"'
    assert out == (
        f'<p><picture><source type="image/avif" srcset="/media/aa/avif480 480w, /media/aa/avif960 960w" {sizes}>'
        f'<source type="image/webp" srcset="/media/aa/webp480 480w, /media/aa/webp960 960w" {sizes}>'
        f'<img src="/media/aa/jpeg960" alt="1 &gt; 0" width="300" height="150" loading="lazy"'
        f' srcset="/media/aa/jpeg480 480w, /media/aa/jpeg960 960w" {sizes} data-full="/media/aa/full.jpg"></picture></p>'
    )


@pytest.mark.parametrize(
    "html",
    [
        '<img src="/elsewhere.png" alt="">',
        '<p title="&lt;img src=&quot;/media/aa/full.jpg&quot;&gt;">x</p>',
        '<p title="<img src=&quot;/media/aa/full.jpg&quot;>">x</p>',
        '<pre>&lt;img src="/media/aa/full.jpg"&gt;</pre>',
        "<img>",
    ],
)
def test_nothing_else_is_touched(html):
    assert with_sources(html, lambda address: found() if address == "/media/aa/full.jpg" else None) == html


def test_a_replaced_picture_is_shown_under_its_new_name():
    out = with_sources('<img src="/media/aa/old.jpg" alt="">', lambda _address: found(full=False))

    assert out == '<img src="/media/aa/full.jpg" alt="">'
    assert found(full=False).sources == ()
    assert found().sources[0] == Source("image/avif", "/media/aa/avif480 480w, /media/aa/avif960 960w")
