// The part of the hotline's API that this client uses: JSON, held against functions/web/openapi.json by a test.
// `sends` is all that a body may carry: whatever else a page holds stays on the phone.

module.exports = {
  "list_services": { "method": "GET", "path": "/services" },
  "show_service": { "method": "GET", "path": "/services/{service_code}" },
  "list_jurisdictions": { "method": "GET", "path": "/jurisdictions" },
  "show_vocabulary": { "method": "GET", "path": "/vocabulary" },
  "register_appeal": {
    "method": "POST",
    "path": "/appeals",
    "headers": ["Idempotency-Key"],
    "sends": ["type", "text", "service_code", "place", "contact", "channel", "language", "fields", "confidential"]
  },
  "track_appeal": { "method": "GET", "path": "/appeals/{number}", "headers": ["X-Tracking-Key"] },
  "supplement_appeal": {
    "method": "POST",
    "path": "/appeals/{number}/supplements",
    "headers": ["X-Tracking-Key", "Idempotency-Key"],
    "sends": ["text"]
  },
  "withdraw_appeal": {
    "method": "POST",
    "path": "/appeals/{number}/withdrawal",
    "headers": ["X-Tracking-Key", "Idempotency-Key"]
  },
  "choose_notices": {
    "method": "POST",
    "path": "/appeals/{number}/notices",
    "headers": ["X-Tracking-Key"],
    "sends": ["wanted"]
  },
  "offer_upload": {
    "method": "POST",
    "path": "/appeals/{number}/attachments",
    "headers": ["X-Tracking-Key"],
    "sends": ["content_type", "size_bytes", "file_name"]
  },
  "list_attachments": {
    "method": "GET",
    "path": "/appeals/{number}/attachments",
    "headers": ["X-Tracking-Key"]
  },
  "ask_for_code": { "method": "POST", "path": "/phone-codes", "sends": ["phone", "language"] },
  "check_code": { "method": "POST", "path": "/phone-codes/verify", "sends": ["phone", "code"] },
  "list_own_appeals": {
    "method": "GET",
    "path": "/my/appeals",
    "headers": ["X-Citizen-Token"],
    "query": ["cursor"]
  },
  "show_survey": { "method": "GET", "path": "/surveys/{survey_token}" },
  "answer_survey": {
    "method": "POST",
    "path": "/surveys/{survey_token}",
    "sends": ["contacted", "resolved", "satisfied", "comment"]
  }
};
