"""What search and matching read of listings, and the statistics of the collection."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgvector.django import HalfVectorField, HnswIndex, SparseVectorField, VectorField

from achievements.models import Listing
from matching.querysets import IndexEntryQuerySet
from matching.text.tokens import SPARSE_DIMENSIONS

DIMENSIONS = 384


def _vector_index(kind: str) -> HnswIndex:
    """A partial vector index of one kind; cosine distance, m 16, ef_construction 64."""
    return HnswIndex(
        name=f"index_entry_way_{kind}"[:30],
        fields=["direction"],
        m=16,
        ef_construction=64,
        opclasses=["halfvec_cosine_ops"],
        condition=models.Q(kind=kind),
    )


class IndexEntry(models.Model):
    """What search and matching read of a listing.

    Three times of the source tell what is outstanding: it is *stale* when ``indexed_source_at``
    is older than the listing's ``updated_at``, *unembedded* when ``embedded_source_at`` is, and
    *unmatched* when ``matched_source_at`` is, when ``matched_weights`` are not the active ones or
    when the collection has more than doubled since (``matched_documents``).

    ``vector`` finds candidates; ``lexical`` holds the BM25 weight of each lexeme in this document,
    so that an inner product with a query's inverse document frequencies is the BM25 score.
    ``languages`` names those of the title: ``en``, ``zh`` or ``enzh``.

    ``direction`` is what is compared: both embeddings seen from the centre of their part of the
    collection (:mod:`matching.vectors.similarity`), at length one.
    """

    listing = models.OneToOneField(
        Listing,
        models.CASCADE,
        primary_key=True,
        related_name="index_entry",
        verbose_name=_("listing"),
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Listing.Kind)
    languages = models.CharField(max_length=4, blank=True)
    vector = SearchVectorField(null=True)
    lexical = SparseVectorField(dimensions=SPARSE_DIMENSIONS, null=True)
    title_embedding = HalfVectorField(dimensions=DIMENSIONS, null=True)
    text_embedding = HalfVectorField(dimensions=DIMENSIONS, null=True)
    direction = HalfVectorField(dimensions=DIMENSIONS, null=True)
    embedder = models.CharField(max_length=100, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    indexed_source_at = models.DateTimeField(_("indexed as of"), null=True)
    embedded_source_at = models.DateTimeField(_("embedded as of"), null=True)
    matched_source_at = models.DateTimeField(_("matched as of"), null=True)
    # No index: with one, noting a match would write into every index of the entry.
    matched_weights = models.ForeignKey(
        "matching.ScoringWeights", models.SET_NULL, null=True, related_name="+", db_index=False
    )
    matched_documents = models.PositiveIntegerField(default=0)

    objects = IndexEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("index entry")
        verbose_name_plural = _("index entries")
        indexes = [
            GinIndex(fields=["vector"], name="index_entry_vector", fastupdate=False),
            models.Index(fields=["content_hash"], name="index_entry_content"),
            *(_vector_index(kind) for kind in ("achievement", "demand", "expert")),
        ]

    def __str__(self) -> str:
        """The listing's number."""
        return f"{self.kind} {self.pk}"


class Passages(models.Model):
    """The sentences of a listing as they were embedded, and where each lies.

    ``vectors`` holds a row of :mod:`matching.vectors.quantization` per text: what is compared
    sentence by sentence and quoted as a reason. Apart from the entries, which are scanned as a
    whole.
    """

    entry = models.OneToOneField(
        IndexEntry, models.CASCADE, primary_key=True, related_name="passages"
    )
    texts = ArrayField(models.TextField())
    vectors = models.BinaryField()

    class Meta:
        verbose_name = _("passages")
        verbose_name_plural = _("passages")

    def __str__(self) -> str:
        """Whose they are."""
        return f"{self.entry_id}: {len(self.texts)}"


class Lexeme(models.Model):
    """In how many index entries a lexeme occurs; made anew by `refresh_statistics`.

    ``place`` is where it stands in sparse vectors (:func:`matching.text.tokens.sparse_index`).
    """

    lexeme = models.TextField(primary_key=True)
    place = models.PositiveIntegerField(db_index=True)
    documents = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("lexeme")
        verbose_name_plural = _("lexemes")
        indexes = [GinIndex(fields=["lexeme"], name="lexeme_trigrams", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        """The lexeme."""
        return self.lexeme


class CollectionStatistics(models.Model):
    """Where the embeddings of one kind and language lie, and how their directions vary.

    ``title_centre`` and ``text_centre`` are the means of the two embeddings, from which
    directions are seen; ``mean`` and ``covariance`` (384 × 384 float32) are of the directions and
    tell, without a scan, what similarity a query has to this part on average and how it varies.
    The row without kind counts all entries, as of the last refresh of :class:`Lexeme`.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=Listing.Kind, blank=True)
    languages = models.CharField(max_length=4, blank=True)
    embedder = models.CharField(max_length=100, blank=True)
    documents = models.PositiveIntegerField()
    title_centre = VectorField(dimensions=DIMENSIONS, null=True)
    text_centre = VectorField(dimensions=DIMENSIONS, null=True)
    mean = VectorField(dimensions=DIMENSIONS, null=True)
    covariance = models.BinaryField(null=True)
    computed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("statistics of the collection")
        verbose_name_plural = _("statistics of the collection")
        constraints = [
            models.UniqueConstraint(fields=["kind", "languages"], name="statistics_once_per_part")
        ]

    def __str__(self) -> str:
        """Which part."""
        return f"{self.kind or 'all'} {self.languages}".rstrip()


class QueryStatistics(models.Model):
    """Where typed queries of one language lie: their centre, from which directions are seen.

    ``total`` and ``queries`` grow with the first few thousand different queries, starting from
    the labels of fields; ``centre`` is what is in use, made of ``used`` of them. No query is kept.
    """

    language = models.CharField(max_length=2)
    embedder = models.CharField(max_length=100)
    queries = models.PositiveIntegerField()
    total = VectorField(dimensions=DIMENSIONS)
    used = models.PositiveIntegerField()
    centre = VectorField(dimensions=DIMENSIONS)
    computed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("statistics of queries")
        verbose_name_plural = _("statistics of queries")
        constraints = [
            models.UniqueConstraint(
                fields=["language", "embedder"], name="query_statistics_once_per_language"
            )
        ]

    def __str__(self) -> str:
        """Which language."""
        return self.language
