"""Its tables, as ORM models."""

from __future__ import annotations

import datetime

from sqlalchemy import BigInteger, DateTime, ForeignKey, LargeBinary, Text, UniqueConstraint, func
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """What all of them are."""


class Order(Base):
    """One acknowledged order."""

    __tablename__ = "orders"
    __table_args__ = (UniqueConstraint("client_id", "purchase_order_number"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    client_id: Mapped[int] = mapped_column(BigInteger)
    purchase_order_number: Mapped[str] = mapped_column(Text)
    order_date: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True))
    acknowledged_at: Mapped[datetime.datetime] = mapped_column(
        DateTime(timezone=True), server_default=func.now()
    )
    lines: Mapped[list[Line]] = relationship(back_populates="order")
    outbox: Mapped[list[OutboxRow]] = relationship(back_populates="order")


class Line(Base):
    """One line item."""

    __tablename__ = "lines"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"), index=True)
    recipe_set_id: Mapped[str] = mapped_column(Text)
    workflow_status: Mapped[str] = mapped_column(Text, default="not-started")
    gift_message: Mapped[bytes | None] = mapped_column(LargeBinary)
    order: Mapped[Order] = relationship(back_populates="lines")
    skus: Mapped[list[Sku]] = relationship(back_populates="line")


class Sku(Base):
    """One SKU of a line, and how many."""

    __tablename__ = "line_skus"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    line_id: Mapped[int] = mapped_column(ForeignKey("lines.id"), index=True)
    sku: Mapped[str] = mapped_column(Text)
    quantity: Mapped[int] = mapped_column(BigInteger)
    line: Mapped[Line] = relationship(back_populates="skus")


class OutboxRow(Base):
    """What a worker would pick up."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id"))
    kind: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime.datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())
    attempts: Mapped[int] = mapped_column(default=0)
    order: Mapped[Order] = relationship(back_populates="outbox")
