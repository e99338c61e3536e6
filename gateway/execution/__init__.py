"""Selections compiled into Python functions; everything else takes graphql-core's own path.

    marks      what a schema tells of its fields and types, so that they can be compiled
    leaf       how scalars and enums are written
    answer     the objects that compiled code makes
    code       the text of one function while it is written, and what its names stand for
    selection  one object type's selection as a function
    plan       the function, and what of the selection it leaves out
    plans      all of an operation's, kept for its next execution
    executor   strawberry's executor, which asks them first

Semantics stay graphql-core's: compiled code reads plain values and judges nothing. Whatever is not exactly as expected (a null where
none may be, a value of another class, an exception) raises inside of it, and the object is executed again on graphql-core's own path,
which knows what that means: error, path, null propagation. Compiled code has no side effects, so that nothing happens twice.
"""
