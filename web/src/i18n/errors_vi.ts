// By the server's codes. {n} is the number in its own, English words.

export const problems: Partial<Record<string, string>> = {
  body_too_large: 'Nội dung gửi đi quá lớn.',
  comment_not_found: 'Bình luận này không còn nữa.',
  cursor_expired: 'Danh sách đã cũ. Hãy tải lại từ đầu.',
  email_taken: 'Email này đã có người dùng.',
  forbidden: 'Bạn không có quyền làm việc này.',
  internal_error: 'Máy chủ gặp lỗi. Hãy thử lại sau.',
  invalid_credentials: 'Email hoặc mật khẩu không đúng.',
  invalid_fields: 'Có thông tin chưa hợp lệ.',
  invalid_token: 'Phiên đăng nhập đã hết hạn. Hãy đăng nhập lại.',
  not_found: 'Không có gì ở đây.',
  overloaded: 'Máy chủ đang quá tải. Hãy thử lại sau giây lát.',
  request_timeout: 'Yêu cầu mất quá nhiều thời gian. Hãy thử lại.',
  storage_full: 'Máy chủ tạm thời hết chỗ chứa. Hãy thử lại sau.',
  unauthenticated: 'Bạn cần đăng nhập.',
  unavailable: 'Máy chủ tạm thời không phục vụ được. Hãy thử lại sau.',
  unsupported_media_type: 'Tệp này không phải là video.',
  upload_closed: 'Lượt tải lên này đã kết thúc.',
  upload_expired: 'Lượt tải lên này đã hết hạn. Hãy tải lại từ đầu.',
  upload_incomplete: 'Tệp chưa được gửi đủ.',
  upload_quota_exceeded: 'Bạn đã tải lên quá nhiều trong 24 giờ qua. Hãy thử lại sau.',
  upload_size_mismatch: 'Tệp nhận được có kích thước khác với tệp đã chọn.',
  upload_too_large: 'Tệp quá lớn.',
  user_not_found: 'Không có người dùng này.',
  username_taken: 'Tên này đã có người dùng.',
  video_not_found: 'Video này không còn nữa hoặc là video riêng tư.',
};

/** `field.code`, else by the code alone. */
export const fields: Partial<Record<string, string>> = {
  'email.invalid': 'Đây không phải là địa chỉ email.',
  'password.too_short': 'Mật khẩu cần ít nhất {n} ký tự.',
  'username.invalid': 'Chỉ dùng chữ cái không dấu, chữ số, dấu chấm và gạch dưới.',
  invalid: 'Không hợp lệ.',
  out_of_range: 'Ngoài giới hạn cho phép.',
  required: 'Không được để trống.',
  too_long: 'Tối đa {n} ký tự.',
  too_short: 'Cần ít nhất {n} ký tự.',
};

export const failures: Partial<Record<string, string>> = {
  internal: 'Không chuyển đổi được video do lỗi phía chúng tôi.',
  no_video_track: 'Tệp này chỉ có âm thanh, không có hình.',
  not_a_video:
    'Tệp này không phải là video mà chúng tôi đọc được. Có thể tệp bị hỏng, thiếu hoặc thuộc loại khác.',
  picture_too_large: 'Hình lớn hơn {n} điểm ảnh mỗi cạnh.',
  too_long: 'Video dài hơn {n} phút.',
  too_slow: 'Video mất quá nhiều thời gian để chuyển đổi.',
  undecodable: 'Không giải mã được video. Có thể tệp đã bị hỏng.',
  worker_died: 'Không chuyển đổi được video: lần thử nào cũng bị ngắt giữa chừng.',
};
