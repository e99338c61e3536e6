"""An error as a caller is told it."""

from gateway.domain.capability import Capability
from gateway.domain.errors import ErrorCode, FieldFault, UnsupportedError, UnsupportedFieldsError, VendorRejectedError
from gateway.domain.outcome import user_errors
from gateway.domain.vendor import Vendor


def _rejected(*faults: FieldFault) -> VendorRejectedError:
    return VendorRejectedError("SendKit refused the request (HTTP 400).", vendor=Vendor.SENDKIT, account="kit", fields=faults)


def test_a_vendors_word_about_a_field_is_told_as_that_vendors() -> None:
    (error,) = user_errors(_rejected(FieldFault("smtp.host", "Required", ("smtp", "host"))))
    assert (error.message, error.field, error.code) == ("SendKit: Required", ("smtp", "host"), ErrorCode.VENDOR_REJECTED)


def test_its_name_is_not_said_twice() -> None:
    (error,) = user_errors(_rejected(FieldFault("smtp", "SendKit could not log in.", ("smtp",))))
    assert error.message == "SendKit could not log in."


def test_a_field_without_words_gets_those_of_the_whole() -> None:
    (error,) = user_errors(_rejected(FieldFault("smtp", "", ("smtp",))))
    assert error.message == "SendKit refused the request (HTTP 400)."


def test_what_a_vendor_cannot_do_is_said_in_words_and_by_name() -> None:
    (error,) = user_errors(UnsupportedError(Capability.FOLDERS, vendor=Vendor.SENDKIT, hint="It keeps no mail."))
    assert error.message == "SendKit cannot show or change folders (FOLDERS). Nothing was sent to it. It keeps no mail."


def test_fields_that_cannot_be_set_are_told_one_by_one() -> None:
    error = UnsupportedFieldsError({("replyTo",): "", ("smtp", "security"): "The port decides."}, vendor=Vendor.SENDKIT)
    assert [(each.field, each.message) for each in user_errors(error)] == [
        (("replyTo",), "SendKit cannot set replyTo. Nothing was sent to it."),
        (("smtp", "security"), "SendKit cannot set smtp.security. Nothing was sent to it. The port decides."),
    ]
