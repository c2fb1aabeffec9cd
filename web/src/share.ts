import type { Video } from './api/types';
import type { Translate } from './i18n';
import { pathOf } from './route';

/** Hands a video's link to the phone's own way of sharing, else to the clipboard. Returns what to say then. */
export async function share(video: Video, t: Translate): Promise<string> {
  const url = location.origin + pathOf({ view: 'video', id: video.id });
  try {
    if ('share' in navigator && matchMedia('(pointer: coarse)').matches) {
      await navigator.share({ title: video.title, url });
      return '';
    }
    await navigator.clipboard.writeText(url);
    return t('link_copied');
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return ''; // The person thought better of it.
    return t('link_here', { url });
  }
}
