import { InteractivityChecker } from '@angular/cdk/a11y';

/** jsdom lays nothing out, so no element looks as if it could be focused. */
export const allFocusable = {
  provide: InteractivityChecker,
  useValue: {
    isFocusable: () => true,
    isTabbable: () => true,
    isVisible: () => true,
    isDisabled: () => false,
  },
};

/** The question that stands open, as its reader sees it. */
export const question = (): HTMLElement | null => document.querySelector('[role=alertdialog]');

/** Presses the button of the open question that says so. */
export function answerWith(words: string): void {
  const buttons = [...(question()?.querySelectorAll('button') ?? [])];
  const button = buttons.find(({ textContent }) => textContent?.trim() === words);
  if (!button)
    throw new Error(
      `no button "${words}" among: ${buttons.map(({ textContent }) => textContent?.trim()).join(', ')}`,
    );
  button.click();
}

/** Lets what was pressed have its effect. */
export const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
