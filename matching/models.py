"""What search and matching keep: index entries, weights, matches, decisions, saved searches."""

from decimal import Decimal

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgvector.django import HalfVectorField, HnswIndex, SparseVectorField, VectorField

from accounts.models import Organisation, User
from achievements.models import Demand, Listing
from matching.querysets import IndexEntryQuerySet, MatchQuerySet, SavedSearchQuerySet
from matching.text import SPARSE_DIMENSIONS

DIMENSIONS = 384


def _vector_index(column: str, kind: str) -> HnswIndex:
    """A partial vector index of one kind; cosine distance, m 16, ef_construction 64."""
    return HnswIndex(
        name=f"index_entry_{column}_{kind}"[:30],
        fields=[f"{column}_embedding"],
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
    embedder = models.CharField(max_length=100, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    indexed_source_at = models.DateTimeField(_("indexed as of"), null=True)
    embedded_source_at = models.DateTimeField(_("embedded as of"), null=True)
    matched_source_at = models.DateTimeField(_("matched as of"), null=True)
    matched_weights = models.ForeignKey(
        "matching.ScoringWeights", models.SET_NULL, null=True, related_name="+"
    )

    matched_documents = models.PositiveIntegerField(default=0)

    objects = IndexEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("index entry")
        verbose_name_plural = _("index entries")
        indexes = [
            GinIndex(fields=["vector"], name="index_entry_vector", fastupdate=False),
            models.Index(fields=["content_hash"], name="index_entry_content"),
            *(
                _vector_index(column, kind)
                for column in ("title", "text")
                for kind in ("achievement", "demand", "expert")
            ),
        ]

    def __str__(self) -> str:
        """The listing's number."""
        return f"{self.kind} {self.pk}"


class Lexeme(models.Model):
    """In how many index entries a lexeme occurs; made anew by `refresh_statistics`.

    ``place`` is where it stands in sparse vectors (:func:`matching.text.sparse_index`).
    """

    lexeme = models.TextField(primary_key=True)
    place = models.PositiveIntegerField(db_index=True)
    documents = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("lexeme")
        verbose_name_plural = _("lexemes")

    def __str__(self) -> str:
        """The lexeme."""
        return self.lexeme


class CollectionStatistics(models.Model):
    """How the embeddings of one kind and language lie in space: their mean and covariance.

    They tell, without a scan, what similarity a query has to this part of the collection on
    average and how it varies, so that a similarity can be read as "how unusual": cosines of one
    model lie in a narrow band that differs from query to query and between languages.
    ``covariance`` holds 384 × 384 float32 values. The row without kind counts all entries, as of
    the last refresh of :class:`Lexeme`.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=Listing.Kind, blank=True)
    languages = models.CharField(max_length=4, blank=True)
    embedder = models.CharField(max_length=100, blank=True)
    documents = models.PositiveIntegerField()
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


class ScoringWeights(models.Model):
    """One version of the weights of :func:`matching.scoring.score`; exactly one is active."""

    version = models.PositiveIntegerField(_("version"), unique=True)
    weights = models.JSONField(_("weights"))
    note = models.CharField(_("note"), max_length=300, blank=True)
    active = models.BooleanField(_("in use"), default=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    created_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
    )

    class Meta:
        ordering = ["-version"]
        verbose_name = _("scoring weights")
        verbose_name_plural = _("scoring weights")
        constraints = [
            models.UniqueConstraint(
                fields=["active"],
                condition=models.Q(active=True),
                name="weights_one_active",
            )
        ]

    def __str__(self) -> str:
        """The version."""
        return f"v{self.version}"


class Match(models.Model):
    """Demand ↔ achievement or demand ↔ expert: score 0–1, components, reasons.

    A match is *open* while both listings are live (a question asked of the listings, never copied
    here). ``components`` maps each component's name to ``{"value": 0–1, "weight": w}``;
    ``reasons`` is a list of ``{"code": …, "data": {…}}`` rendered in the reader's language.
    """

    demand = models.ForeignKey(
        Demand, models.CASCADE, related_name="matches", verbose_name=_("demand")
    )
    candidate = models.ForeignKey(
        Listing,
        models.CASCADE,
        related_name="matches_as_candidate",
        verbose_name=_("candidate"),
    )
    kind = models.CharField(_("kind of candidate"), max_length=12, choices=Listing.Kind)
    score = models.DecimalField(
        _("score"),
        max_digits=5,
        decimal_places=4,
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
    )
    components = models.JSONField(_("components"), default=dict)
    reasons = models.JSONField(_("reasons"), default=list)
    weights = models.ForeignKey(
        ScoringWeights,
        models.PROTECT,
        related_name="matches",
        verbose_name=_("weights"),
    )
    demand_rank = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text=_("Its place among the candidates of this kind for the demand."),
    )
    candidate_rank = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Its place among the demands for the candidate.")
    )
    is_current = models.BooleanField(
        _("still found"),
        default=True,
        help_text=_(
            "False when a later run no longer finds it; kept while a decision hangs on it."
        ),
    )
    created_at = models.DateTimeField(_("found"), default=timezone.now)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    objects = MatchQuerySet.as_manager()

    class Meta:
        ordering = ["-score", "pk"]
        verbose_name = _("match")
        verbose_name_plural = _("matches")
        constraints = [
            models.UniqueConstraint(fields=["demand", "candidate"], name="match_once_per_pair"),
            models.CheckConstraint(
                condition=models.Q(score__range=(Decimal(0), Decimal(1))),
                name="match_score_0_to_1",
            ),
        ]
        indexes = [models.Index(fields=["candidate", "-score"], name="match_by_candidate")]

    def __str__(self) -> str:
        """Both titles."""
        return f"{self.demand} ↔ {self.candidate}"


class Decision(models.Model):
    """One side's answer to a match; the latest counts, earlier ones are in the audit."""

    class Side(models.TextChoices):
        """Who answers."""

        DEMAND = "demand", _("The side that asks")
        CANDIDATE = "candidate", _("The side that offers")

    class Verdict(models.TextChoices):
        """What the side says."""

        ACCEPTED = "accepted", _("Accepted")
        DISMISSED = "dismissed", _("Dismissed")
        SNOOZED = "snoozed", _("Snoozed")

    class Reason(models.TextChoices):
        """Why a match is dismissed: a closed list, returned to the other side."""

        TOO_EARLY = "too_early", _("Too early: readiness is too low")
        BENEFIT_UNCLEAR = "benefit_unclear", _("The benefit is unclear")
        ROUTE_UNCLEAR = "route_unclear", _("The way to market is unclear")
        DESCRIPTION_UNCLEAR = "description_unclear", _("The description is unclear")
        REQUIREMENT_MISSED = (
            "requirement_missed",
            _("An important requirement is not met"),
        )
        OTHER_FIELD = "other_field", _("Another field or use")
        TOO_EXPENSIVE = "too_expensive", _("Price and budget do not fit")
        MODE = "mode", _("The mode of transfer does not fit")
        REGION = "region", _("The region does not fit")
        NO_CAPACITY = "no_capacity", _("No capacity at present")
        SOLVED = "solved", _("Already solved or taken")
        OTHER = "other", _("Another reason")

    match = models.ForeignKey(
        Match, models.CASCADE, related_name="decisions", verbose_name=_("match")
    )
    side = models.CharField(_("side"), max_length=10, choices=Side)
    verdict = models.CharField(_("decision"), max_length=10, choices=Verdict)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    note = models.TextField(_("note"), max_length=1000, blank=True)
    snoozed_until = models.DateField(_("snoozed until"), null=True, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    organisation = models.ForeignKey(
        Organisation,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organisation"),
    )
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        ordering = ["match", "side"]
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        constraints = [
            models.UniqueConstraint(fields=["match", "side"], name="decision_one_per_side"),
            models.CheckConstraint(
                condition=~models.Q(verdict="dismissed") | ~models.Q(reason=""),
                name="decision_dismissal_has_a_reason",
                violation_error_message=_("Choose why you dismiss this match."),
            ),
            models.CheckConstraint(
                condition=~models.Q(verdict="snoozed") | models.Q(snoozed_until__isnull=False),
                name="decision_snooze_has_a_date",
                violation_error_message=_("Choose until when the match is snoozed."),
            ),
        ]

    def __str__(self) -> str:
        """Side and verdict."""
        return f"{self.get_side_display()}: {self.get_verdict_display()}"


class SavedSearch(models.Model):
    """A query string with a name and an alert rhythm."""

    user = models.ForeignKey(
        User, models.CASCADE, related_name="saved_searches", verbose_name=_("user")
    )
    name = models.CharField(_("name"), max_length=100)
    query = models.CharField(_("search"), max_length=2000, blank=True)
    rhythm = models.CharField(
        _("alerts"), max_length=10, choices=User.Rhythm, default=User.Rhythm.DAILY
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    checked_until = models.DateTimeField(
        _("looked through until"),
        default=timezone.now,
        help_text=_("Listings published after this moment have not been reported yet."),
    )

    objects = SavedSearchQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                name="saved_search_name_once",
                violation_error_message=_("You already have a saved search with this name."),
            )
        ]

    def __str__(self) -> str:
        """Its name."""
        return self.name


class SavedSearchHit(models.Model):
    """A listing that a saved search has reported, so that it is reported once."""

    saved_search = models.ForeignKey(
        SavedSearch, models.CASCADE, related_name="hits", verbose_name=_("saved search")
    )
    listing = models.ForeignKey(
        Listing, models.CASCADE, related_name="saved_search_hits", verbose_name=_("listing")
    )
    found_at = models.DateTimeField(_("reported"), default=timezone.now)

    class Meta:
        verbose_name = _("reported result")
        verbose_name_plural = _("reported results")
        constraints = [
            models.UniqueConstraint(
                fields=["saved_search", "listing"], name="saved_search_hit_once"
            )
        ]

    def __str__(self) -> str:
        """What was reported of which search."""
        return f"{self.saved_search}: {self.listing}"


class Arrival(models.Model):
    """When saved searches could first find a listing as it is now: text, meaning and all.

    Its own date of publication says too little: the transaction that published it may have
    committed, or its embedding may have been made, long after that.
    """

    listing = models.OneToOneField(
        Listing,
        models.CASCADE,
        primary_key=True,
        related_name="arrival",
        verbose_name=_("listing"),
    )
    at = models.DateTimeField(_("findable since"), db_index=True)

    class Meta:
        verbose_name = _("arrival in search")
        verbose_name_plural = _("arrivals in search")

    def __str__(self) -> str:
        """Which listing, when."""
        return f"{self.listing}, {self.at:%Y-%m-%d %H:%M}"
